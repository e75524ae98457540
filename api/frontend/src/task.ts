// The page of a task: its form, its files, and the diagram with the place of its case.
import "./case/case.scss";
import { showDiagrams } from "./case/diagrams";
import { offerUploads } from "./case/upload";
import { showForm } from "./task/form";

const place = document.getElementById("form");
if (place !== null) void showForm(place);
showDiagrams(document);
offerUploads(document);

// The page of a task: its form, its files, and the diagram with the place of its case.
import "./case/case.scss";
import { showDiagrams } from "./case/diagrams";
import { offerUploads } from "./case/upload";
import { keepForm } from "./task/form";

const form = document.querySelector<HTMLFormElement>("#form");
if (form !== null) keepForm(form);
showDiagrams(document);
offerUploads(document);

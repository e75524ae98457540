// The page of a case: its files, and the diagram with its place.
import "./case/case.scss";
import { showDiagrams } from "./case/diagrams";
import { offerUploads } from "./case/upload";

showDiagrams(document);
offerUploads(document);

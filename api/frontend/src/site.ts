// What every page loads: the look, htmx, and the few components of GOV.UK Frontend that need a script.
import "./styles/site.scss";
import htmx from "htmx.org";
import { Button, ErrorSummary, NotificationBanner, createAll } from "govuk-frontend";
import { keepKeys } from "./site/keys";
import { offerPrint } from "./site/print";

// The policy of our pages forbids code and styles made from text.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
// A refused act answers with a page that says why: show it.
htmx.config.responseHandling = [{ code: "204", swap: false }, { code: "...", swap: true }];

document.body.classList.add("js-enabled", "govuk-frontend-supported");
createAll(ErrorSummary);
createAll(NotificationBanner);
createAll(Button, { preventDoubleClick: true });
keepKeys(document);
offerPrint(document);

declare module "govuk-frontend";
declare module "bpmn-js-properties-panel";
declare module "bpmn-js-token-simulation";
declare module "camunda-bpmn-js-behaviors/lib/camunda-cloud";
declare module "dmn-js/lib/Modeler";

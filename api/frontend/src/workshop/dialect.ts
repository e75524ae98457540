// What the properties panel shows: only what Alur carries out. The linter refuses or ignores the rest.

// Groups of Camunda 8 that Alur has no use for.
const GROUPS = new Set([
  "Zeebe__ExecutionListeners",
  "Zeebe__TaskListeners",
  "jobPriorityDefinition",
  "businessId",
  "activeElements",
  "userTaskImplementation",
]);
// Entries that would be ignored: versions of what is called are pinned when a package is deployed.
const ENTRIES = new Set(["bindingType", "versionTag"]);

interface Group {
  id: string;
  entries?: { id: string }[];
}

class Dialect {
  static $inject = ["propertiesPanel"];

  constructor(propertiesPanel: any) {
    // After all others, so that nothing is added behind it.
    propertiesPanel.registerProvider(100, this);
  }

  getGroups(): (groups: Group[]) => Group[] {
    return (groups) =>
      groups
        .filter((group) => !GROUPS.has(group.id))
        .map((group) => {
          if (group.entries) group.entries = group.entries.filter((entry) => !ENTRIES.has(entry.id));
          return group;
        });
  }
}

export const DialectModule = { __init__: ["alurDialect"], alurDialect: ["type", Dialect] };

// A row of buttons of which one is pressed.

export interface Named {
  name: string;
}

export interface Choices<Item> {
  element: HTMLElement;
  choose(item: Item): Promise<void>;
}

export function choices<Item extends Named>(items: Item[], label: string, show: (item: Item) => Promise<void>): Choices<Item> {
  const element = document.createElement("div");
  element.className = "alur-row";
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
  const buttons = items.map((item) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "alur-choice";
    button.textContent = item.name;
    button.addEventListener("click", () => void choose(item));
    return button;
  });
  element.append(...buttons);
  const choose = async (item: Item): Promise<void> => {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(items[at] === item)));
    await show(item);
  };
  return { element, choose };
}

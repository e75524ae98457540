// Diagrams load when somebody comes near them: the page itself stays small.

export function showDiagrams(page: Document): void {
  const watch = new IntersectionObserver(
    (seen) => {
      for (const each of seen.filter((one) => one.isIntersecting)) {
        watch.unobserve(each.target);
        void import("./diagram").then(({ showDiagram }) => showDiagram(each.target as HTMLElement));
      }
    },
    { rootMargin: "200px" },
  );
  page.querySelectorAll("[data-diagram]").forEach((place) => watch.observe(place));
}

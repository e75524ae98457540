"""``python -m engine.bpmn.rules`` writes RULES.md."""

from engine.bpmn.rules.page import PAGE, page

if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"{PAGE} was written")

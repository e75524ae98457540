"""The rules that DMN files are held to: for each its severity and how to mend what breaks it."""

from collections.abc import Mapping
from typing import Final

from engine.findings import Finding, Place, Severity

# Rule → severity, then how to mend in Indonesian and in English.
RULES: Final[Mapping[str, tuple[Severity, str, str]]] = {
    "dmn.not-dmn": (
        Severity.ERROR,
        "Ekspor berkas ini sebagai DMN dari alat pemodelan.",
        "Export the file as DMN from a modelling tool.",
    ),
    "dmn.unknown-element": (
        Severity.ERROR,
        "Hapus elemen ini, atau pindahkan ke extensionElements bila milik alat lain.",
        "Remove the element, or move it into extensionElements if it belongs to another tool.",
    ),
    "dmn.duplicate-id": (
        Severity.ERROR,
        "Beri salah satu elemen id yang lain.",
        "Give one of the elements another id.",
    ),
    "dmn.duplicate-name": (
        Severity.ERROR,
        "Ganti salah satu nama.",
        "Rename one of them.",
    ),
    "dmn.no-name": (
        Severity.ERROR,
        "Beri elemen ini nama.",
        "Give the element a name.",
    ),
    "dmn.variable-name": (
        Severity.HINT,
        "Samakan nama variabel dengan nama elemennya.",
        "Give the variable the name of its element.",
    ),
    "dmn.no-expression": (
        Severity.ERROR,
        "Isi ekspresi, atau tulis null bila memang tidak ada nilai.",
        "Fill in an expression, or write null if no value is meant.",
    ),
    "dmn.several-expressions": (
        Severity.ERROR,
        "Sisakan satu ekspresi, atau gabungkan dalam sebuah konteks.",
        "Keep one expression, or join them in a context.",
    ),
    "dmn.imported-values": (
        Severity.ERROR,
        "Tulis ekspresinya di tempat ini.",
        "Write the expression in its place.",
    ),
    "dmn.language": (
        Severity.ERROR,
        "Tulis ekspresi ini dalam FEEL dan hapus atribut expressionLanguage.",
        "Write the expression in FEEL and remove the attribute expressionLanguage.",
    ),
    "dmn.hit-policy": (
        Severity.ERROR,
        "Pilih salah satu kebijakan dari DMN.",
        "Choose one of DMN's hit policies.",
    ),
    "dmn.aggregation": (
        Severity.ERROR,
        "Pakai COLLECT dengan satu kolom keluaran dan SUM, MIN, MAX, atau COUNT; kalau tidak, hapus aggregation.",
        "Use COLLECT with one output column and SUM, MIN, MAX or COUNT; otherwise remove the aggregation.",
    ),
    "dmn.column-count": (
        Severity.ERROR,
        "Beri setiap baris satu sel untuk setiap kolom.",
        "Give every row one cell for every column.",
    ),
    "dmn.output-name": (
        Severity.ERROR,
        "Beri setiap kolom keluaran nama: hasilnya menjadi konteks dengan nama-nama itu.",
        "Name every output column: the result becomes a context with these names.",
    ),
    "dmn.no-output": (
        Severity.ERROR,
        "Tambahkan kolom keluaran.",
        "Add an output column.",
    ),
    "dmn.feel": (
        Severity.ERROR,
        "Perbaiki ekspresi di baris dan kolom yang disebut.",
        "Mend the expression at the line and column named.",
    ),
    "dmn.external": (
        Severity.ERROR,
        "Tulis fungsi ini dalam FEEL, atau panggil sistem luar dengan langkah layanan di BPMN.",
        "Write the function in FEEL, or call the other system in a service step of the BPMN.",
    ),
    "dmn.unknown-import": (
        Severity.ERROR,
        "Sertakan model DMN itu dalam paket, atau hapus import.",
        "Put that DMN model into the package, or remove the import.",
    ),
    "dmn.import-cycle": (
        Severity.ERROR,
        "Pindahkan bagian bersama ke model ketiga yang diimpor keduanya.",
        "Move what they share into a third model that both import.",
    ),
    "dmn.import-kind": (
        Severity.ERROR,
        "Hapus import ini: hanya model DMN yang dapat diimpor.",
        "Remove the import: only DMN models can be imported.",
    ),
    "dmn.unknown-type": (
        Severity.ERROR,
        "Buat itemDefinition dengan nama itu, atau pilih tipe FEEL.",
        "Make an itemDefinition of that name, or choose a type of FEEL.",
    ),
    "dmn.type-cycle": (
        Severity.ERROR,
        "Hapus acuan yang melingkar di antara itemDefinition.",
        "Remove the circular reference between the itemDefinitions.",
    ),
    "dmn.type-depth": (
        Severity.ERROR,
        "Sederhanakan tipe: biarkan ia mengacu tipe dasarnya langsung.",
        "Simplify the type: let it refer to its base directly.",
    ),
    "dmn.unknown-reference": (
        Severity.ERROR,
        "Hubungkan lagi panah di diagram, atau sertakan model yang diacu.",
        "Draw the arrow of the diagram again, or add the model that is referred to.",
    ),
    "dmn.reference-kind": (
        Severity.ERROR,
        "Gambar lagi panah dengan jenis yang sesuai.",
        "Draw the arrow again as one of the right kind.",
    ),
    "dmn.cycle": (
        Severity.ERROR,
        "Hapus salah satu kebutuhan dalam lingkaran itu.",
        "Remove one of the requirements in the circle.",
    ),
    "dmn.no-logic": (
        Severity.WARNING,
        "Isi logika keputusan: tanpa itu hasilnya selalu null.",
        "Fill in its logic: without, the result is always null.",
    ),
    "dmn.priorities": (
        Severity.ERROR,
        "Isi nilai keluaran menurut urutan prioritas.",
        "Fill in the output values in the order of their priority.",
    ),
    "dmn.unknown-parameter": (
        Severity.ERROR,
        "Pakai nama parameter dari fungsi yang dipanggil.",
        "Use the names of the parameters of what is called.",
    ),
    "dmn.builtin-name": (
        Severity.ERROR,
        "Ganti namanya: FEEL selalu memanggil fungsi bawaan dengan nama itu.",
        "Rename it: by that name FEEL always calls the built-in function.",
    ),
    "dmn.same-decision": (
        Severity.ERROR,
        "Beri salah satu keputusan id yang lain: proses memanggil keputusan dengan id saja.",
        "Give one of the decisions another id: processes call decisions by their id alone.",
    ),
    "dmn.remark": (
        Severity.WARNING,
        "Periksa ekspresi ini: hasilnya hampir pasti bukan yang dimaksud.",
        "Check the expression: its result is hardly what was meant.",
    ),
    "dmn.gap": (
        Severity.WARNING,
        "Tambahkan aturan untuk masukan itu, atau isi keluaran bawaan.",
        "Add a rule for these inputs, or fill in a default output.",
    ),
    "dmn.no-match": (
        Severity.HINT,
        "Periksa apakah tanpa aturan memang dimaksud: hasilnya null (0 untuk COUNT), kecuali ada keluaran bawaan.",
        "Check that no rule is meant there: the result is null (0 with COUNT), unless there is a default output.",
    ),
    "dmn.overlap": (
        Severity.WARNING,
        "Persempit salah satu aturan, atau pilih kebijakan lain dari UNIQUE: bila keduanya cocok hasilnya null.",
        "Narrow one of the rules, or choose another hit policy than UNIQUE: where both match the result is null.",
    ),
    "dmn.conflict": (
        Severity.WARNING,
        "Samakan keluarannya atau persempit salah satu aturan: dengan ANY hasilnya null bila keluaran berbeda.",
        "Make the outputs equal or narrow one of the rules: with ANY, different outputs give null.",
    ),
    "dmn.shadowed": (
        Severity.WARNING,
        "Hapus aturan ini, atau pindahkan ke depan aturan yang menutupinya.",
        "Remove the rule, or move it before those that hide it.",
    ),
    "dmn.unreachable": (
        Severity.WARNING,
        "Perbaiki sel itu, atau hapus aturannya: tidak ada masukan yang cocok.",
        "Mend the cell, or remove the rule: no input matches it.",
    ),
    "dmn.output-value": (
        Severity.WARNING,
        "Pakai salah satu nilai keluaran, atau tambahkan nilai itu: nilai lain menjadi null.",
        "Use one of the output values, or add it to them: any other value becomes null.",
    ),
    "dmn.too-large": (
        Severity.HINT,
        "Bagi tabel ini menjadi beberapa keputusan supaya dapat diperiksa seluruhnya.",
        "Divide the table into several decisions, so that all of it can be checked.",
    ),
}


def fault(
    rule: str, place: Place, indonesian: str, english: str, element: str | None = None, name: str | None = None
) -> Finding:
    """Return a finding of a rule. Both sentences say what was expected and what was found."""
    severity, mend_id, mend_en = RULES[rule]
    message = {"id": indonesian, "en": english}
    return Finding(rule, severity, message, place, element, name, {"id": mend_id, "en": mend_en})

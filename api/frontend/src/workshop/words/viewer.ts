// What form-js says by itself, in Indonesian.

const INDONESIAN: Record<string, string> = {
  "Date and time must both be entered.": "Tanggal dan waktu harus diisi keduanya.",
  "No content to show.": "Tidak ada isi.",
  "External content couldn't be loaded.": "Isi dari luar tidak dapat dimuat.",
  Increment: "Tambah",
  Decrement: "Kurangi",
  "Skip to search": "Langsung ke pencarian",
  "Remove tag": "Hapus",
  Search: "Cari",
  "No results": "Tidak ada hasil",
  "All values selected": "Semua sudah dipilih",
  "Nothing to show.": "Tidak ada yang ditampilkan.",
  "{page} of {total}": "{page} dari {total}",
  "Previous page": "Halaman sebelumnya",
  "Next page": "Halaman berikutnya",
  "Click to sort by {value} descending": "Urutkan {value} menurun",
  "Click to remove sorting": "Hapus urutan",
  "Click to sort by {value} ascending": "Urutkan {value} menaik",
  "No files selected": "Belum ada berkas dipilih",
  "{value} files selected": "{value} berkas dipilih",
  "Document reference is not defined.": "Rujukan berkas tidak ada.",
  "Unable to download document": "Berkas tidak dapat diunduh",
  "Download {fileName}": "Unduh {fileName}",
  "Add new": "Tambah baru",
  "Expand all ({value})": "Tampilkan semua ({value})",
  Collapse: "Ringkas",
  "Value is not a number.": "Harus berupa angka.",
  "Value is expected to be an integer.": "Harus berupa bilangan bulat.",
  "Value is expected to have at most 1 decimal digit.": "Paling banyak satu angka di belakang koma.",
  "Value is expected to have at most {value} decimal digits.": "Paling banyak {value} angka di belakang koma.",
  "Please select a valid value, the two nearest valid values are {previousValue} and {nextValue}.":
    "Pilih nilai yang sah; yang terdekat {previousValue} dan {nextValue}.",
  "Field must match pattern {value}.": "Isi tidak sesuai dengan pola {value}.",
  "Field is required.": "Harus diisi.",
  "Field must have minimum value of {value}.": "Paling kecil {value}.",
  "Min validation value is not a valid number.": "Batas terkecil bukan angka.",
  "Field must have maximum value of {value}.": "Paling besar {value}.",
  "Max validation value is not a valid number.": "Batas terbesar bukan angka.",
  "Field must have minimum length of {value}.": "Paling sedikit {value} huruf.",
  "Field must have maximum length of {value}.": "Paling banyak {value} huruf.",
  "Field must be a valid international phone number. (e.g. +4930664040900)": "Harus nomor telepon internasional, misalnya +6281234567890.",
  "Field must be a valid email.": "Harus alamat surel yang benar.",
};

export function translate(template: string, values: Record<string, string> = {}): string {
  const text = document.documentElement.lang === "en" ? template : (INDONESIAN[template] ?? template);
  return text.replace(/{([^}]+)}/g, (whole, key: string) => values[key] ?? whole);
}

export const TranslateModule = { translate: ["value", translate] };

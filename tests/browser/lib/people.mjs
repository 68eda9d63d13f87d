// Ten thousand messy rows, as they come from a shop's till, and what must become of each.

const first = ["Sari", "Budi", "Dewi", "José", "Siti Nurhaliza", "Ayu", "Zoë", "Rizky", "I Gusti Ngurah", "Fitri"];
const last = ["Wulandari", "Santoso", "Müller", "Siregar", "O'Brien", "Hidayat", "“Mak” Eni", "Nugroho"];

/**
 * A semicolon-separated file with a byte order mark and quoted fields.
 *
 * @returns the text, and how many rows are good, repeated and bad
 */
export function messyCsv(rows) {
  const lines = ["Nama Lengkap;Surel;Kota;Catatan"];
  const expected = { added: 0, duplicate: 0, rejected: 0 };
  for (let n = 0; n < rows; n++) {
    const name = `${first[n % first.length]} ${last[n % last.length]}`.replaceAll('"', '""');
    const city = n % 3 ? "Bandung" : '"Kota; Madya ""Yogyakarta"""';
    const note = n % 50 ? "" : '"baris satu\nbaris dua"';
    let email = `pelanggan${n}@example.com`;
    if (n % 400 === 399) email = `PELANGGAN${n - 1}@Example.com`; // the one before, in capitals
    if (n % 500 === 250) email = ["tanpa-at.example.com", "dua@@example.com", "spasi di@example.com", ""][((n - 250) / 500) % 4];
    if (n % 400 === 399) expected.duplicate++;
    else if (n % 500 === 250) expected.rejected++;
    else expected.added++;
    lines.push(`"${name}";${email};${city};${note}`);
  }
  return { csv: `\uFEFF${lines.join("\r\n")}\r\n`, expected };
}

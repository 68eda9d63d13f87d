//! Ten thousand people who do not exist, as a CSV file that looks like one from real life.

use std::fmt::Write as _;

const FIRST: [&str; 40] = [
    "Sari", "Budi", "Dewi", "Agus", "Putri", "Andi", "Rina", "Joko", "Ayu", "Hendra", "Wulan", "Rizky",
    "Fitri", "Dimas", "Maya", "Bayu", "Indah", "Yusuf", "Ratna", "Fajar", "Nurul", "Adi", "Lestari",
    "Gilang", "Citra", "Arif", "Melati", "Eko", "Siti", "Rahmat", "Intan", "Surya", "Kartika", "Wahyu",
    "Anisa", "Bambang", "Diah", "Galih", "Tiara", "Yoga",
];
const LAST: [&str; 30] = [
    "Wulandari",
    "Santoso",
    "Lestari",
    "Pratama",
    "Wijaya",
    "Hidayat",
    "Saputra",
    "Nugroho",
    "Kusuma",
    "Siregar",
    "Setiawan",
    "Rahayu",
    "Utami",
    "Gunawan",
    "Hartono",
    "Simanjuntak",
    "Maharani",
    "Purnomo",
    "Suryani",
    "Halim",
    "Permata",
    "Kurniawan",
    "Anggraini",
    "Firmansyah",
    "Puspita",
    "Ramadhan",
    "Safitri",
    "Tanjung",
    "Yulianti",
    "Nasution",
];
const CITIES: [(&str, &str); 10] = [
    ("Jakarta", "Asia/Jakarta"),
    ("Bandung", "Asia/Jakarta"),
    ("Surabaya", "Asia/Jakarta"),
    ("Yogyakarta", "Asia/Jakarta"),
    ("Medan", "Asia/Jakarta"),
    ("Denpasar", "Asia/Makassar"),
    ("Makassar", "Asia/Makassar"),
    ("Balikpapan", "Asia/Makassar"),
    ("Jayapura", "Asia/Jayapura"),
    ("Singapore", "Asia/Singapore"),
];
const DRINKS: [&str; 6] =
    ["kopi tubruk", "kopi susu", "espresso", "cold brew", "kopi \"gayo\"", "teh, tanpa gula"];

/// A small generator of our own kind of chance: the same people every time.
struct Chance(u64);

impl Chance {
    fn next(&mut self, below: usize) -> usize {
        // SplitMix64, enough to shuffle names.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        #[expect(clippy::cast_possible_truncation, reason = "only the low bits count")]
        let n = (z ^ (z >> 31)) as usize;
        n % below
    }
}

/// The file: so many people, among them quoted fields, a few bad addresses and a few who stand in it twice.
pub(super) fn csv(people: usize) -> String {
    let mut chance = Chance(2026);
    let mut csv = String::from("Nama Lengkap,Email,Kota,Zona Waktu,Bahasa,Minuman Favorit,Poin\r\n");
    for n in 0..people {
        let first = FIRST[chance.next(FIRST.len())];
        let last = LAST[chance.next(LAST.len())];
        let (city, zone) = CITIES[chance.next(CITIES.len())];
        let drink = DRINKS[chance.next(DRINKS.len())].replace('"', "\"\"");
        let language = if chance.next(10) < 8 { "id" } else { "en" };
        let points = chance.next(5000);
        let domain = ["example.com", "example.net", "example.org"][chance.next(3)];
        let email = format!("{}.{}{n}@{domain}", first.to_lowercase(), last.to_lowercase());
        let mut row = |email: &str| {
            // Writing to a String cannot fail.
            let _ = write!(csv, "{first} {last},{email},{city},{zone},{language},\"{drink}\",{points}\r\n");
        };
        row(&email);
        match n % 1000 {
            700 => row(&email.replace('@', ".")),
            800 => row("tidak punya"),
            900 => row(&email.to_uppercase()),
            _ => {}
        }
    }
    csv
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_people_are_the_same_every_time() {
        let csv = super::csv(1000);
        assert_eq!(csv.lines().count(), 1 + 1000 + 3);
        assert_eq!(csv, super::csv(1000));
        assert!(csv.contains("\"teh, tanpa gula\""));
    }
}

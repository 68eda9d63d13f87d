# Daftar: kumpulan kontak yang diberi nama.
lists-title = Daftar
lists-sub = Kampanye dikirim ke satu daftar atau lebih. Kontak yang ada di beberapa daftar tetap menerima satu email.
lists-new = Daftar baru
lists-create = Buat daftar
lists-edit = Ubah daftar
lists-save = Simpan daftar
lists-saved = Daftar “{ $name }” tersimpan.
lists-created = Daftar “{ $name }” sudah dibuat. Sekarang masukkan kontaknya.
lists-name = Nama
lists-name-hint = Tidak terlihat oleh penerima.
lists-name-taken = Sudah ada daftar lain dengan nama ini.
lists-description = Keterangan
lists-description-hint = Dari mana orang-orang ini berasal dan apa yang mereka setujui.
lists-members = Kontak
lists-made = Dibuat
lists-empty-title = Belum ada daftar
lists-empty = Daftar adalah kelompok kontak yang Anda kirimi email bersama-sama, misalnya pelanggan atau pembaca buletin.
lists-no-members = Belum ada kontak di daftar ini. Impor kontak ke sini, atau pilih beberapa di Semua kontak lalu tambahkan.
lists-delete = Hapus daftar
lists-delete-title = Hapus daftar “{ $name }”?
lists-delete-text = { $n ->
    [0] Daftar ini kosong.
   *[other] { $n } kontak tetap ada, tetapi tidak lagi di daftar ini. Ini tidak dapat diurungkan.
}
lists-delete-drafts = { $n ->
    [one] Draf ini ditujukan ke daftar tersebut dan akan kehilangannya: { $names }
   *[other] { $n } draf ini ditujukan ke daftar tersebut dan akan kehilangannya: { $names }
}
lists-delete-used = Daftar ini belum dapat dihapus: kampanye “{ $name }” akan dikirim ke sini. Batalkan kampanye itu atau tunggu sampai terkirim.
lists-deleted = Daftar “{ $name }” dihapus.

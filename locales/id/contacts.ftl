# Kontak: daftarnya, satu kontak, formulirnya, dan apa yang dapat dilakukan.
contacts-title = Kontak
contacts-all = Semua kontak
contacts-count = { $n } kontak
contacts-count-more = Lebih dari { $n } kontak
contacts-search = Cari nama atau alamat
contacts-import = Impor kontak
contacts-add = Tambah kontak
contacts-export = Ekspor CSV
contacts-clear = Hapus pencarian dan filter
contacts-every-list = Semua daftar
contacts-empty-title = Belum ada kontak
contacts-empty = Kontak adalah orang-orang yang Anda kirimi email. Impor dari berkas CSV, atau tambahkan satu per satu.
contacts-empty-viewer = Kontak adalah orang-orang yang dikirimi email oleh perusahaan Anda. Seorang editor dapat mengimpornya.
contacts-none-found = Tidak ada yang ditemukan
contacts-none-found-text = Tidak ada kontak yang cocok dengan pencarian dan filter ini. Coba kurangi kata, atau cari sebagian alamatnya.
contacts-none-found-short = Satu atau dua huruf hanya menemukan kata yang berawalan huruf itu. Ketik huruf ketiga untuk mencari di tengah kata.
contacts-page-empty = Halaman ini kosong
contacts-page-empty-text = Kontak yang tadinya di sini sudah dihapus atau dipindahkan. Kembalilah ke halaman pertama.
contacts-narrow-to-sort = Pengurutan tersedia untuk paling banyak 1.000 hasil. Tambahkan kata pada pencarian.

contacts-field-email = Alamat email
contacts-field-name = Nama
contacts-field-language = Bahasa
contacts-field-language-hint = Kode singkat seperti id atau en-GB. Dapat dipakai di templat.
contacts-field-time-zone = Zona waktu
contacts-field-list = Daftar
contacts-field-lists = Daftar
contacts-field-status = Status
contacts-field-added = Ditambahkan
contacts-unknown = Tidak diketahui

contacts-status-any = Semua status
contacts-status-subscribed = Berlangganan
contacts-status-unsubscribed = Berhenti berlangganan
contacts-status-suppressed = Tidak dikirimi

contacts-details = Rincian
contacts-in-no-list = Tidak ada di daftar mana pun
contacts-variables = Variabel untuk templat
contacts-variables-hint = Yang diisikan templat untuk kontak ini, misalnya {"{{\u00A0first_name\u00A0}}"}.
contacts-edit-attributes = Ubah atribut
contacts-edit = Ubah kontak
contacts-save = Simpan kontak
contacts-saved = Kontak tersimpan.
contacts-created = { $name } ditambahkan.
contacts-created-suppressed = { $name } ditambahkan, tetapi alamat ini ada di daftar larangan kirim dan tidak akan dikirimi email.
contacts-see-other = Buka kontak dengan alamat ini
contacts-no-lists = Belum ada daftar. Anda dapat membuatnya di bagian Daftar.
contacts-attributes = Atribut
contacts-attributes-hint = Hal yang ingin Anda sebut atau pilih: kota, ulang tahun, keanggotaan. Templat memakainya sebagai variabel. Kosongkan kedua kolom untuk menghapus satu baris.
contacts-attribute-name = Nama
contacts-attribute-value = Nilai
contacts-attribute-kind = Jenis
contacts-kind-text = Teks
contacts-kind-number = Angka
contacts-kind-yes-no = Ya atau tidak
contacts-yes = ya
contacts-no = tidak
contacts-more-rows = Tambah baris

contacts-fault-taken = Sudah ada kontak lain dengan alamat ini.
contacts-fault-language = Ini bukan kode bahasa. Coba id, en, atau en-GB.
contacts-fault-key = Awali dengan huruf; gunakan huruf, angka, dan spasi.
contacts-fault-key-reserved = “{ $key }” sudah punya arti sendiri. Pilih nama lain.
contacts-fault-key-twice = “{ $key }” tertulis dua kali.
contacts-fault-attributes = Satu kontak dapat memiliki paling banyak { $n } atribut.
contacts-fault-number = Masukkan angka, misalnya 12 atau 12.5.
contacts-fault-yes-no = Masukkan ya atau tidak.
contacts-fault-json = Ini bukan JSON yang sah.

contacts-ask-note = Catatan
contacts-ask-how = Bagaimana orang ini memintanya?
contacts-ask-promise = Orang ini meminta untuk dikirimi email lagi.
contacts-ask-promise-missing = Mohon konfirmasi. Tanpa permintaannya, orang ini tidak boleh dikirimi email.
contacts-ask-name-differs = Namanya belum sama. Ketik persis seperti yang tertulis di atas.

contacts-unsubscribe-button = Hentikan langganan
contacts-unsubscribe-title = Hentikan langganan { $name }?
contacts-unsubscribe-text = { $email } tidak akan menerima kampanye lagi, mulai saat ini juga, termasuk yang sedang dikirim.
contacts-unsubscribe-done = Langganan { $name } dihentikan.
contacts-resubscribe-button = Langganankan lagi
contacts-resubscribe-title = Langganankan { $name } lagi?
contacts-resubscribe-text = { $email } sudah berhenti berlangganan. Mengirim email tanpa permintaannya melanggar hukum di banyak negara dan merusak reputasi Anda di mata penyedia kotak surat.
contacts-resubscribe-done = { $name } berlangganan lagi.
contacts-suppress-button = Larang kirim
contacts-suppress-title = Larang pengiriman ke { $name }?
contacts-suppress-text = { $email } masuk ke daftar larangan kirim: tidak ada lagi yang dikirim ke alamat ini, walaupun diimpor lagi.
contacts-suppress-done = { $name } ada di daftar larangan kirim.
contacts-lift-button = Cabut larangan kirim
contacts-lift-title = Cabut larangan kirim { $name }?
contacts-lift-text = { $email } dapat dikirimi email lagi.
contacts-lift-done = Larangan kirim { $name } dicabut.
contacts-delete-title = Hapus { $name }?
contacts-delete-text = Rincian, atribut, keanggotaan daftar, dan riwayat { $email } akan hilang. Ini tidak dapat diurungkan.
contacts-delete-button = Hapus kontak
contacts-delete-archive = Email yang sudah terkirim tetap ada di arsip dan laporan.
contacts-delete-unsubscribed = Kontak ini sudah berhenti berlangganan, jadi alamatnya masuk ke daftar larangan kirim dan tidak dikirimi email walaupun diimpor lagi.
contacts-delete-done = { $name } dihapus.

contacts-unsubscribed-notice = Berhenti berlangganan { $when }
contacts-unsubscribed-text = Tidak menerima kampanye.
contacts-suppressed-notice = Masuk daftar larangan kirim { $when }

contacts-many-add = Tambahkan ke daftar
contacts-many-remove = Keluarkan dari daftar
contacts-many-none = Pilih kontak dulu.
contacts-many-no-list = Pilih daftar dulu.
contacts-many-add-done = { $n ->
    [0] Semuanya sudah ada di “{ $list }”.
   *[other] { $n } kontak ditambahkan ke “{ $list }”.
}
contacts-many-remove-done = { $n ->
    [0] Tidak satu pun ada di “{ $list }”.
   *[other] { $n } kontak dikeluarkan dari “{ $list }”.
}
contacts-many-unsubscribe-title = Hentikan langganan { $n } kontak?
contacts-many-unsubscribe-text = Mereka tidak akan menerima kampanye lagi, mulai saat ini juga, termasuk yang sedang dikirim.
contacts-many-unsubscribe-button = Hentikan langganan { $n } kontak
contacts-many-unsubscribe-done = { $n ->
    [0] Semuanya sudah berhenti berlangganan.
   *[other] Langganan { $n } kontak dihentikan.
}
contacts-many-suppress-title = Larang pengiriman ke { $n } kontak?
contacts-many-suppress-text = Alamat mereka masuk ke daftar larangan kirim: tidak ada lagi yang dikirim ke sana, walaupun diimpor lagi.
contacts-many-suppress-button = Larang pengiriman ke { $n } kontak
contacts-many-suppress-done = { $n ->
    [0] Semuanya sudah ada di daftar larangan kirim.
   *[other] { $n } alamat masuk ke daftar larangan kirim.
}
contacts-many-delete-title = Hapus { $n } kontak?
contacts-many-delete-text = Rincian, atribut, keanggotaan daftar, dan riwayat mereka akan hilang. Ini tidak dapat diurungkan. Yang sudah berhenti berlangganan masuk ke daftar larangan kirim.
contacts-many-delete-button = Hapus { $n } kontak
contacts-many-delete-done = { $n } kontak dihapus.

contacts-history = Riwayat
contacts-history-none = Belum ada yang terjadi.
contacts-history-by = oleh { $name }
contacts-history-by-mail = lewat tautan di email
contacts-history-import = Diimpor dari { $file }
contacts-history-fields = Diubah: { $fields }
contacts-history-email-before = Alamat sebelumnya: { $email }
contacts-history-created = Ditambahkan manual
contacts-history-edited = Diubah
contacts-history-listed = Ditambahkan ke daftar “{ $list }”
contacts-history-unlisted = Dikeluarkan dari daftar “{ $list }”
contacts-history-unsubscribed = Berhenti berlangganan
contacts-history-resubscribed = Berlangganan lagi
contacts-history-suppressed = Masuk daftar larangan kirim
contacts-history-unsuppressed = Larangan kirim dicabut
contacts-history-opened = Dibuka { $when }
contacts-history-clicked = Diklik { $when }
contacts-history-bounced = Terpental { $when }
contacts-history-complained = Ditandai spam { $when }
contacts-history-left = Berhenti berlangganan lewat email ini { $when }
contacts-history-transactional = Email transaksional
contacts-history-test = Email uji coba
contacts-history-no-title = Email tanpa subjek

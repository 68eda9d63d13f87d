pools-title = Kelompok relai
pools-empty-title = Belum ada kelompok relai
pools-empty = Kelompok hanya perlu bila tidak semua relai boleh membawa semua email: relai yang lebih baik untuk email pesanan, relai kedua yang menggantikan bila yang pertama gagal, atau dua relai yang berbagi kampanye 80 banding 20. Tanpa kelompok, tiap relai membawa semua email yang diizinkan alamat pengirimnya.
pools-add = Tambah kelompok
pools-edit = Ubah kelompok
pools-save = Simpan kelompok
pools-saved = { $name } tersimpan.
pools-form-text = Relai yang membawa email yang sama. Arahkan email ke sini dengan aturan, atau pilih kelompok ini pada kampanye.
pools-name = Nama
pools-name-hint = Sebutan Anda untuknya, misalnya “Email pesanan”.
pools-by-speed = Tiap relai mengambil sebanyak yang ia mampu.
pools-by-weight = Relai di tempat yang sama berbagi email menurut bobot.
pools-share = Cara berbagi di tempat yang sama
pools-share-speed = Menurut kecepatan
pools-share-speed-hint = Tiap relai mengambil sebanyak yang ia mampu. Kelompok secepat semuanya bersama-sama.
pools-share-weight = Menurut bobot
pools-share-weight-hint = Tiap relai mendapat tepat bagiannya: 80 dan 20 berarti empat banding satu. Relai yang lebih cepat menunggu yang lain.
pools-relays = Relai
pools-relays-hint = Relai pilihan pertama membawa email. Pilihan berikutnya baru dipakai selama tidak ada yang bekerja di depannya, dan untuk email yang ditolak relai di depannya. Bobot, dari 1 sampai 100, hanya berlaku bila berbagi menurut bobot.
pools-relay = Relai
pools-rank = Tempat
pools-rank-none = Tidak dalam kelompok ini
pools-rank-first = Pilihan pertama
pools-rank-then = Pilihan ke-{ $n }
pools-weight = Bobot
pools-state = Keadaan
pools-no-relays = Kelompok ini tidak punya relai lagi: emailnya menunggu. Ubah kelompok ini, atau arahkan emailnya ke tempat lain.
pools-led-here = { $rules ->
    [0] Tidak ada aturan yang mengarah ke sini
   *[other] { $rules } aturan mengarah ke sini
}, { $campaigns ->
    [0] dan tidak ada kampanye berjalan yang memilihnya.
   *[other] dan { $campaigns } kampanye yang belum selesai memilihnya.
}
pools-fault-weight = Isi bobot dari 1 sampai 100.
pools-fault-empty = Beri tempat pada setidaknya satu relai.
pools-fault-name-taken = Nama ini sudah dipakai kelompok lain.
pools-fault-relay-gone = Salah satu relai ini baru saja dihapus. Periksa lagi, lalu simpan.
pools-delete = Hapus kelompok
pools-delete-title = Hapus { $name }?
pools-delete-text = Aturan yang mengarah ke sini ikut terhapus. Email yang tadinya ke sini lewat relai mana pun yang boleh mengirimnya.
pools-deleted = Kelompok terhapus.
pools-needed = Kelompok tidak dihapus: masih ada kampanye yang memerlukannya.
pools-needed-by = Kampanye ini memilih kelompok ini dan belum selesai. Kelompok dapat dihapus setelah semuanya selesai atau memakai kelompok lain.

pools-rules = Email mana lewat kelompok mana
pools-rules-text = Kelompok yang dipilih kampanye sendiri didahulukan. Lalu aturan untuk domain pengirim, lalu aturan untuk jenisnya. Email yang tidak terkena aturan lewat relai mana saja.
pools-rule-stream = Jenis email
pools-rule-domain = Domain pengirim
pools-rule-domain-hint = Bagian setelah @ dari alamat pengirim, misalnya example.com. Kosong: apa saja.
pools-rule-pool = Kelompok relai
pools-rule-add = Tambah aturan
pools-rule-added = Aturan berlaku.
pools-rule-delete = Hapus
pools-rule-deleted = Aturan dihapus.
pools-fault-domain = Ini bukan domain. Isi bagian setelah @, misalnya example.com.
pools-fault-rule-taken = Sudah ada aturan untuk jenis dan domain ini. Hapus yang itu dahulu.
pools-stream-any = Semua email
pools-stream-campaign = Kampanye
pools-stream-transactional = Email tunggal dari program
pools-stream-test = Email uji
pools-domain-any = domain apa saja

receivers-title = Penyedia email
receivers-text = Penyedia kotak surat besar hanya menerima sejumlah email sekaligus dari satu pengirim. Batas ini berlaku untuk semua relai dan pengirim bersama-sama; email ke penyedia lain tidak tertahan.
receivers-defaults = Gmail, Yahoo, dan Outlook sudah ada sejak awal dengan batas yang hati-hati: ubah bila Anda tahu berapa yang mereka terima dari Anda.
receivers-empty-title = Belum ada batas untuk penyedia email
receivers-add = Tambah penyedia
receivers-edit = Ubah penyedia
receivers-save = Simpan penyedia
receivers-saved = Batas untuk { $name } tersimpan.
receivers-deleted = Batas dihapus.
receivers-name = Nama
receivers-domains = Domain
receivers-domains-hint = Satu per baris. Tanda * berarti apa saja: yahoo.* mencakup yahoo.com, yahoo.co.id, dan seterusnya.
receivers-connections = Email sekaligus
receivers-per-second = Email per detik
receivers-rate = { $n }
receivers-limits-hint = Isi setidaknya satu. Kosong berarti tanpa batas.
receivers-fault-no-limit = Isi salah satu dari dua batas ini.
receivers-fault-domain = { $domain } bukan domain. Pakai huruf, angka, titik, tanda hubung, dan * untuk apa saja.
receivers-fault-taken = { $domain } sudah termasuk { $name }.
receivers-fault-many = Isi paling banyak { $n } domain.
receivers-fault-name-taken = Nama ini sudah dipakai penyedia lain.
receivers-delete = Hapus batas
receivers-delete-title = Hapus batas untuk { $name }?
receivers-delete-text = Email ke domain ini lalu dikirim secepat yang diizinkan relai.

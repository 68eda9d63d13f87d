# Bingkai setiap halaman, dan kata-kata yang dipakai di mana-mana.
nav-home = Beranda
nav-campaigns = Kampanye
nav-contacts = Kontak
nav-templates = Templat
nav-transactional = Transaksional
nav-archive = Arsip
nav-deliverability = Keterkiriman
nav-settings = Pengaturan

layout-navigation = Menu utama
layout-skip = Langsung ke isi
layout-more = Lainnya
layout-account = Akun
layout-language = Bahasa
layout-theme = Tampilan
layout-theme-light = Terang
layout-theme-dark = Gelap
layout-theme-auto = Ikuti sistem
layout-logout = Keluar

layout-saving = Menyimpan…
layout-saved = Tersimpan
layout-not-saved = Belum tersimpan. Tulisan Anda masih ada di sini; kami akan mencoba lagi.
layout-copy = Salin
layout-copied = Tersalin
layout-close = Tutup
layout-back = Kembali
layout-unreachable = Server tidak dapat dihubungi. Tidak ada isian yang hilang; coba lagi sebentar lagi.
layout-failed = Tindakan itu tidak berhasil. Tidak ada yang berubah; coba lagi.
layout-optional = opsional
layout-type-name = Ketik “{ $name }” untuk melanjutkan

layout-pages = Halaman
layout-previous = Sebelumnya
layout-next = Berikutnya
layout-select-all = Pilih semua di halaman ini
layout-select-none = Batalkan pilihan
layout-selected = dipilih
layout-show-numbers = Tampilkan angkanya

layout-desktop = Desktop
layout-phone = Ponsel
layout-preview-width = Lebar pratinjau

layout-state-draft = Draf
layout-state-scheduled = Terjadwal
layout-state-sending = Sedang dikirim
layout-state-paused = Dijeda
layout-state-sent = Terkirim
layout-state-cancelled = Dibatalkan
layout-state-queued = Dalam antrean
layout-state-claimed = Sedang dikirim
layout-state-failed = Gagal
layout-state-suppressed = Tidak dikirimi
layout-state-in-doubt = Belum pasti
layout-state-uploading = Sedang diunggah
layout-state-mapping = Perlu pemetaan
layout-state-running = Berjalan
layout-state-done = Selesai

layout-editor-find = Cari
layout-editor-replace = Ganti
layout-editor-all = Semua
layout-editor-replace-all = Ganti semua
layout-editor-match-case = Bedakan huruf besar-kecil
layout-editor-by-word = Kata utuh
layout-editor-regexp = Ekspresi reguler

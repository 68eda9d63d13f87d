# Kata-kata yang dipakai banyak halaman.
time-now = baru saja
time-soon = sebentar lagi
time-ago = { $span } lalu
time-ahead = { $span } lagi
time-seconds = { $n } detik
time-minutes = { $n } menit
time-hours = { $n } jam
time-days = { $n } hari

action-save = Simpan
action-cancel = Batal
action-back = Kembali
action-delete = Hapus
action-edit = Ubah
action-add = Tambah
action-search = Cari
action-filter = Saring
action-download = Unduh
action-next = Berikutnya
action-previous = Sebelumnya
action-continue = Lanjutkan
action-retry = Coba lagi
action-undo = Urungkan

fault-required = Mohon diisi.
fault-too-long = Paling banyak { $n } karakter.
fault-number = Isi dengan angka dari { $min } sampai { $max }.
fault-choice = Pilih salah satu.

address-empty = Mohon isi alamat email.
address-no-at = Alamat email memuat tanda @, misalnya ana@example.com.
address-local = Bagian sebelum @ memuat karakter yang tidak boleh ada di sana.
address-domain = Bagian setelah @ bukan domain yang lengkap, misalnya example.com.
address-too-long = Alamat email ini terlalu panjang.

error-not-found-title = Tidak ada apa-apa di sini
error-not-found-text = Halaman ini tidak ada, atau isinya sudah dihapus.
error-forbidden-title = Bukan untuk peran Anda
error-forbidden-text = Peran Anda tidak mengizinkan ini. Mintalah kepada pemilik instalasi ini bila Anda memerlukannya.
error-foreign-origin-title = Ini tidak datang dari Sebar
error-foreign-origin-text = Tidak ada yang diubah, karena permintaan datang dari situs lain. Kembalilah ke Sebar dan coba lagi di sana.
error-bad-request-title = Permintaan tidak dapat dipahami
error-bad-request-text = Permintaan tidak lengkap atau rusak di perjalanan. Kembali dan coba lagi.
error-too-large-title = Terlalu besar
error-too-large-text = Data yang dikirim melebihi batas halaman ini. Tidak ada yang diubah.
error-conflict-title = Ada yang berubah sementara itu
error-conflict-text = Orang lain lebih dulu mengubahnya. Kembali, muat ulang halaman, dan lihat keadaannya sekarang.
error-internal-title = Terjadi kesalahan di pihak kami
error-internal-text = Permintaan tidak dijalankan. Coba lagi sebentar lagi; bila terulang, minta pengelola server memeriksa lognya.
error-home = Ke Beranda

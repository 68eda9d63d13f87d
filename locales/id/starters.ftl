# Kata-kata dalam desain bawaan. Menjadi bagian dari templat milik pengguna.
starters-newsletter = Buletin
starters-newsletter-hint = Beberapa berita, masing-masing dengan tautan untuk membaca lanjutannya.
starters-promotion = Promosi
starters-promotion-hint = Satu penawaran, satu kode, satu tombol.
starters-letter = Surat biasa
starters-letter-hint = Seperti diketik sendiri. Sering kali justru paling banyak dibaca.

starters-hello = Halo
starters-friend = Sahabat
starters-dear = Yth.
starters-dear-friend = Pelanggan
starters-read-more = Baca selengkapnya
starters-regards = Sampai jumpa bulan depan,
starters-why = Anda menerima email ini karena berlangganan dengan alamat
starters-unsubscribe = Berhenti berlangganan
starters-comment-story = Satu berita. Salin untuk menambah.
starters-comment-code = Kode promosi. Hapus baris ini bila tidak ada.

starters-newsletter-subject = Kabar terbaru bulan ini
starters-newsletter-preheader = Dua berita dan satu tanggal penting
starters-newsletter-title = Kabar terbaru bulan ini
starters-newsletter-intro = Inilah yang sedang kami kerjakan, dalam dua berita singkat.
starters-newsletter-story-1 = Berita pertama
starters-newsletter-story-1-text = Ceritakan dalam dua atau tiga kalimat apa yang terjadi dan mengapa penting bagi pembaca Anda. Cerita lengkapnya cukup di balik tautan.
starters-newsletter-story-2 = Berita kedua
starters-newsletter-story-2-text = Buat lebih singkat daripada yang pertama. Tanggal, nama, atau angka membuatnya mudah diingat.

starters-promotion-subject = Diskon 20% untuk semua produk sampai Minggu
starters-promotion-preheader = Kode Anda ada di dalam
starters-promotion-you = Halo
starters-promotion-lead = minggu ini semua produk
starters-promotion-title = lebih hemat, sampai Minggu malam
starters-promotion-text = Masukkan kode ini saat membayar, boleh berkali-kali.
starters-promotion-button = Mulai belanja
starters-promotion-terms = Berlaku sampai Minggu pukul 23.59. Tidak berlaku untuk kartu hadiah.

starters-letter-subject = Sepucuk kabar dari kami
starters-letter-preheader = Cukup satu menit untuk membacanya
starters-letter-text-1 = Mulailah dengan satu hal yang akan Anda sampaikan seandainya hanya punya satu kalimat.
starters-letter-text-2 = Lalu jelaskan seperti berbicara dengan seseorang di seberang meja. Bila masih ada yang ingin dibaca, silakan lihat
starters-letter-link = situs web kami
starters-letter-text-3 = Bila ada pertanyaan, balas saja email ini. Kami membaca semuanya.
starters-letter-regards = Salam hangat,
starters-letter-signature = Nama Anda

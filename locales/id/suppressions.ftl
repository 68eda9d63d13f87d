# Daftar larangan kirim: alamat yang tidak pernah dikirimi email.
suppressions-title = Larangan kirim
suppressions-sub = Tidak ada yang pernah dikirim ke alamat-alamat ini, di daftar mana pun mereka berada atau sesering apa pun diimpor.
suppressions-count = { $n } alamat
suppressions-count-more = Lebih dari { $n } alamat
suppressions-search = Cari alamat
suppressions-add = Tambah alamat
suppressions-add-sub = Mulai saat ini juga, tidak ada lagi yang dikirim ke sana.
suppressions-addresses = Alamat email
suppressions-addresses-hint = Satu per baris. Anda dapat menempelkan banyak sekaligus.
suppressions-note = Catatan
suppressions-note-hint = Mengapa tidak boleh dikirimi email, untuk yang membacanya nanti.
suppressions-reason = Alasan
suppressions-reason-any = Semua alasan
suppressions-reason-manual = Ditambahkan manual
suppressions-reason-hard-bounce = Kotak surat tidak ada
suppressions-reason-soft-bounces = Email berulang kali kembali
suppressions-reason-complaint = Ditandai spam
suppressions-reason-import = Diimpor
suppressions-reason-unsubscribed = Berhenti berlangganan, kontak dihapus
suppressions-since = Sejak
suppressions-empty-title = Belum ada larangan kirim
suppressions-empty = Alamat masuk ke sini dengan sendirinya bila kotak suratnya tidak ada atau pemiliknya menandai email sebagai spam. Anda juga dapat menambahkannya sendiri.
suppressions-none-found = Alamat tidak ditemukan
suppressions-none-found-text = Tidak ada alamat di daftar larangan kirim yang cocok dengan pencarian ini.
suppressions-too-many = Masukkan paling banyak { $n } alamat sekaligus.
suppressions-bad-lines = { $n } baris bukan alamat email. Perbaiki atau hapus.
suppressions-some-added = { $n ->
    [0] Tidak ada yang baru; baris berikut bukan alamat email.
   *[other] { $n } alamat ditambahkan; baris berikut bukan alamat email.
}
suppressions-more-bad = Dan { $n } lagi.
suppressions-added = { $n } alamat ditambahkan.
suppressions-added-none = Semuanya sudah ada di daftar.
suppressions-lift = Cabut
suppressions-lift-title = Cabut larangan kirim { $email }?
suppressions-lift-text = Alamat ini dapat dikirimi email lagi.
suppressions-lift-manual = Seseorang di perusahaan Anda memasukkannya secara manual.
suppressions-lift-hard-bounce = Kotak suratnya tidak ada. Jika masih begitu, email berikutnya juga terpental, dan penyedia kotak surat mencatatnya sebagai nilai buruk Anda.
suppressions-lift-soft-bounces = Email ke sana beberapa kali kembali. Mulai sekarang dihitung ulang.
suppressions-lift-complaint = Pemiliknya menandai email sebagai spam. Satu email lagi yang tidak dimintanya merusak reputasi Anda di mata penyedia kotak surat.
suppressions-lift-import = Alamat ini berasal dari daftar larangan kirim yang diimpor.
suppressions-lift-unsubscribed = Pemiliknya sudah berhenti berlangganan sebelum kontaknya dihapus.
suppressions-lifted = { $email } dapat dikirimi email lagi.

# Halaman publik di balik tautan berhenti berlangganan. Pembacanya pelanggan perusahaan.
unsubscribe-title = Berhenti berlangganan
unsubscribe-ask = Hentikan semua kiriman dari { $company } ke { $address }?
unsubscribe-confirm = Berhenti berlangganan
unsubscribe-done-title = Anda sudah berhenti berlangganan
unsubscribe-done = { $company } tidak akan mengirim apa pun lagi ke { $address }. Ini berlaku mulai sekarang.
unsubscribe-undo = Saya keliru, tetap kirimi saya email
unsubscribe-test-title = Tautan ini berfungsi
unsubscribe-test = Tautan ini berasal dari uji coba atau pratinjau, jadi tidak ada yang berhenti berlangganan. Dalam kiriman yang sebenarnya, tautan ini membuka halaman tempat pembaca berhenti berlangganan.
unsubscribe-unknown-title = Tautan ini tidak lengkap
unsubscribe-unknown = Sebagian program email memotong tautan yang panjang. Buka lagi emailnya lalu pilih tautannya dari sana, atau balas email itu dan minta agar dihentikan. Sejauh ini belum ada yang berubah.

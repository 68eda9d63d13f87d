//! How vacation notices and other automatic answers call themselves.

use std::sync::LazyLock;

use super::Phrases;

/// Subjects of automatic answers.
pub(crate) static SUBJECT: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new("
    out of office | out of the office | out-of-office | out of town | ooo: | oof: | autoreply |
    auto-reply | auto reply | auto-respon | auto respon | autorespon | automatic reply | automated reply |
    automatic response | automated response | automatic answer | vacation | on holiday | on leave |
    annual leave | maternity leave | away from my mail | away from the office | away from my email |
    i am away | i'm away | is away | will be away | thank you for your email | thank you for contacting |
    we have received your | we received your | your message has been received | ticket created |
    abwesenheit | automatische antwort | nicht im haus | nicht im büro | außer haus | im urlaub |
    eingangsbestätigung | réponse automatique | absence du bureau | absent du bureau | absence : |
    en congé | en vacances | message d'absence | respuesta automática | respuesta automatica |
    fuera de la oficina | fuera de oficina | de vacaciones | auto respuesta | risposta automatica |
    fuori sede | fuori ufficio | in ferie | assenza | risponditore | resposta automática |
    resposta automatica | fora do escritório | ausência | de férias | automatisch antwoord | afwezig |
    niet aanwezig | buiten kantoor | met vakantie | autosvar | automatiskt svar | automatisk svar |
    frånvaro | fraværende | ikke til stede | på semester | på ferie | automaattinen vastaus | poissa |
    lomalla | automatyczna odpowiedź | poza biurem | nieobecn | urlop | automatická odpověď |
    automatická odpoveď | nepřítomnost | mimo kancelář | automatikus válasz | házon kívül |
    răspuns automat | автоответ | автоматический ответ | автоматична відповідь | в отпуске |
    нет на месте | вне офиса | otomatik yanıt | otomatik cevap | ofis dışında | izindeyim | yıllık izin |
    αυτόματη απάντηση | απουσία | balasan otomatis | jawaban otomatis | di luar kantor | sedang cuti |
    balas automatik | trả lời tự động | 自動返信 | 自動応答 | 不在 | 休暇 | 自动回复 | 自動回覆 | 自动答复 | 外出 | 休假 | 자동 회신 |
    부재중 | 자동응답 | תשובה אוטומטית | رد تلقائي
")
});

/// Challenges that ask the sender to confirm: the message waits for an answer.
pub(crate) static CHALLENGE: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(
        "
    confirm your message | please confirm your | confirm that you are | confirm that you sent |
    requires confirmation | confirmation required | verification required | spamblocker | spam blocker |
    spamarrest | spam arrest | boxbe | tmda | bluebottle | challenge/response | challenge-response |
    whitelist | white list | approved senders | allowed senders | to be added to my list |
    prove that you are | verify that you are | prove you are human | human sender |
    awaiting your verification | reply to this message to | simply reply to this |
    reply to this email to | authenticate yourself | sender verification | one-time
",
    )
});

/// Notes of mailing lists and of ticket systems about a mail that arrived.
pub(crate) static NOTE: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(
        "
    request to mailing list | awaits moderator | awaiting moderat | held for moderat | is being held until the list moderator |
    moderator approval | your message has been forwarded to the moderator | unrecognized command |
    help on mailing list | results of your email commands
",
    )
});

/// What a body says when nobody reads it now.
pub(crate) static BODY: LazyLock<Phrases> = LazyLock::new(|| {
    Phrases::new(
        "
    i am out of the office | i'm out of the office | i will be out of the office | i am currently out |
    i'm currently out | i am on vacation | i'm on vacation | i am away | i will be away | i am on leave |
    i will be on leave | limited access to email | limited access to my email | no access to email |
    upon my return | when i return | when i get back | until i return | this is an automatic reply |
    this is an automated reply | this is an automated response | this is an automatic response |
    this is an auto-reply | this is an autoreply | no longer works here | no longer work here |
    no longer with the company | no longer employed | has left the company | left our company |
    ich bin nicht im büro | ich bin bis | bin ich nicht im | ich bin im urlaub | je suis absent |
    je serai absent | estoy fuera | estaré fuera | sono fuori | sarò fuori | estou fora | estarei fora |
    estarei ausente | jag är inte på kontoret | ik ben afwezig | nie ma mnie | я в отпуске |
    saya sedang cuti | şu anda ofis
",
    )
});

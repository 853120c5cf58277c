"""What each measure of fieldwork means to whoever supervises: what was found, what to look at.

A flag is no proof: every measure has honest reasons, which are named first.
"""

from collections.abc import Mapping

Words = Mapping[str, str]

MEASURES: Mapping[str, tuple[Words, Words]] = {
    "speed": (
        {
            "en": "Many short interviews",
            "es": "Muchas entrevistas cortas",
            "ru": "Много коротких интервью",
            "sw": "Mahojiano mengi mafupi",
            "uz": "Koʻp qisqa suhbatlar",
        },
        {
            "en": "Young or single people get fewer questions. Call some respondents back.",
            "es": "Con personas jóvenes o solas hay menos preguntas. Vuelva a llamar a algunas.",
            "ru": "У молодых и одиноких меньше вопросов. Перезвоните некоторым респондентам.",
            "sw": "Vijana au wanaoishi peke yao huulizwa machache. Wapigie tena baadhi.",
            "uz": "Yosh yoki yolgʻizlarga savol kam. Baʼzilariga qayta qoʻngʻiroq qiling.",
        },
    ),
    "straightline": (
        {
            "en": "The same step for every statement of a grid",
            "es": "El mismo grado en todas las frases de una serie",
            "ru": "Один и тот же ответ на все утверждения блока",
            "sw": "Jibu lile lile kwa kila kauli ya orodha",
            "uz": "Roʻyxatning har bir gapiga bir xil javob",
        },
        {
            "en": "Tired respondents do this too. Ask whether statements are read out one by one.",
            "es": "También ocurre por cansancio. Pregunte si las frases se leen una por una.",
            "ru": "Так отвечают и уставшие. Узнайте, читаются ли утверждения по одному.",
            "sw": "Waliochoka hufanya hivi pia. Uliza kama kauli husomwa moja moja.",
            "uz": "Charchaganlar ham shunday qiladi. Gaplar bittadan oʻqiladimi, soʻrang.",
        },
    ),
    "duplicate": (
        {
            "en": "Interviews that are nearly the same as another",
            "es": "Entrevistas casi iguales a otra",
            "ru": "Интервью, почти совпадающие с другим",
            "sw": "Mahojiano yanayokaribia kufanana na mengine",
            "uz": "Boshqasi bilan deyarli bir xil suhbatlar",
        },
        {
            "en": "Short forms repeat by chance. Compare the two and visit one household.",
            "es": "Los formularios cortos coinciden por azar. Compare ambas y visite un hogar.",
            "ru": "Короткие анкеты совпадают случайно. Сравните их и посетите одну семью.",
            "sw": "Fomu fupi hufanana kwa bahati. Linganisha yote mawili na utembelee kaya moja.",
            "uz": "Qisqa anketalar tasodifan oʻxshaydi. Solishtiring, bir xonadonga boring.",
        },
    ),
    "heaping": (
        {
            "en": "Many ages that end in 0 or 5",
            "es": "Muchas edades que terminan en 0 o 5",
            "ru": "Много возрастов, оканчивающихся на 0 или 5",
            "sw": "Umri mwingi unaoishia na 0 au 5",
            "uz": "0 yoki 5 bilan tugaydigan yoshlar koʻp",
        },
        {
            "en": "People round their age. Ask whether the year of birth is probed.",
            "es": "La gente redondea su edad. Pregunte si se indaga el año de nacimiento.",
            "ru": "Люди округляют возраст. Узнайте, уточняется ли год рождения.",
            "sw": "Watu hukadiria umri. Uliza kama mwaka wa kuzaliwa huulizwa.",
            "uz": "Odamlar yoshini yaxlitlaydi. Tugʻilgan yil soʻraladimi, aniqlang.",
        },
    ),
    "gps_out": (
        {
            "en": "Positions outside the area of the case",
            "es": "Posiciones fuera de la zona del caso",
            "ru": "Координаты вне участка",
            "sw": "Mahali nje ya eneo la kaya",
            "uz": "Joylashuv hudud tashqarisida",
        },
        {
            "en": "Weak signals or meetings elsewhere do this. Check the map and the address.",
            "es": "Señal débil o citas en otro lugar. Revise el mapa y la dirección.",
            "ru": "Слабый сигнал или встреча в другом месте. Проверьте карту и адрес.",
            "sw": "Mtandao hafifu au miadi kwingine. Angalia ramani na anwani.",
            "uz": "Signal zaif yoki uchrashuv boshqa joyda. Xarita va manzilni tekshiring.",
        },
    ),
    "gps_same": (
        {
            "en": "Several interviews at one spot",
            "es": "Varias entrevistas en un mismo punto",
            "ru": "Несколько интервью в одной точке",
            "sw": "Mahojiano kadhaa mahali pamoja",
            "uz": "Bir nuqtada bir necha suhbat",
        },
        {
            "en": "Blocks of flats do this. Check that the households are neighbours.",
            "es": "Ocurre en edificios. Compruebe que los hogares son vecinos.",
            "ru": "Так бывает в многоквартирных домах. Проверьте, соседи ли это.",
            "sw": "Hutokea kwenye maghorofa. Hakikisha kaya ni majirani.",
            "uz": "Koʻp qavatli uylarda boʻladi. Xonadonlar qoʻshnimi, tekshiring.",
        },
    ),
    "overlap": (
        {
            "en": "Interviews that overlap in time",
            "es": "Entrevistas que se solapan en el tiempo",
            "ru": "Интервью, пересекающиеся по времени",
            "sw": "Mahojiano yanayoingiliana kwa muda",
            "uz": "Vaqti ustma-ust tushgan suhbatlar",
        },
        {
            "en": "An interview that was interrupted and resumed does this. Look at its history.",
            "es": "Ocurre si una entrevista se interrumpió. Mire su historial.",
            "ru": "Так бывает, если интервью прерывали. Посмотрите его историю.",
            "sw": "Hutokea mahojiano yakikatizwa na kuendelezwa. Angalia historia yake.",
            "uz": "Suhbat toʻxtatilib davom etsa boʻladi. Tarixini koʻring.",
        },
    ),
    "night": (
        {
            "en": "Interviews at night",
            "es": "Entrevistas de noche",
            "ru": "Интервью ночью",
            "sw": "Mahojiano usiku",
            "uz": "Tungi suhbatlar",
        },
        {
            "en": "A tablet with a wrong clock does this. Compare with the time of receipt.",
            "es": "Ocurre con un reloj mal puesto. Compare con la hora de recepción.",
            "ru": "Так бывает при неверных часах. Сравните со временем получения.",
            "sw": "Hutokea saa ya kompyuta kibao ikikosea. Linganisha na muda wa kupokelewa.",
            "uz": "Planshet soati notoʻgʻri boʻlsa shunday. Qabul vaqti bilan solishtiring.",
        },
    ),
    "missing": (
        {
            "en": "Many answers missing",
            "es": "Faltan muchas respuestas",
            "ru": "Много пропущенных ответов",
            "sw": "Majibu mengi yanakosekana",
            "uz": "Koʻp javob yoʻq",
        },
        {
            "en": "Sensitive areas refuse more. Accompany an interview.",
            "es": "En zonas difíciles se rehúsa más. Acompañe una entrevista.",
            "ru": "В трудных местах отказываются чаще. Побывайте на одном интервью.",
            "sw": "Maeneo magumu hukataa zaidi. Ambatana na mahojiano moja.",
            "uz": "Murakkab joylarda rad etish koʻproq. Bitta suhbatda qatnashing.",
        },
    ),
    "low_variance": (
        {
            "en": "Respondents who differ little from one another",
            "es": "Respondientes que difieren poco entre sí",
            "ru": "Респонденты мало отличаются друг от друга",
            "sw": "Wahojiwa wanaotofautiana kidogo",
            "uz": "Respondentlar bir-biridan kam farq qiladi",
        },
        {
            "en": "A uniform neighbourhood does this. Compare with another interviewer there.",
            "es": "Ocurre en barrios homogéneos. Compare con otra persona encuestadora allí.",
            "ru": "Так бывает в однородных кварталах. Сравните с другим интервьюером там же.",
            "sw": "Mtaa unaofanana hufanya hivi. Linganisha na mhoji mwingine hapo.",
            "uz": "Bir xil mahallada boʻladi. U yerdagi boshqa suhbatdosh bilan solishtiring.",
        },
    ),
}

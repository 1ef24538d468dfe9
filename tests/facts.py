"""Every phone, fax, mail, link, address and date of the brochure, with a question that reaches it."""

from __future__ import annotations

FACTS = {
    # fact: question
    "+49 351 564-30900": "telefon asskomm",
    "lpr@smi.sachsen.de": "mail landespräventionsrat",
    "http://www.asskomm.de": "homepage asskomm",
    "Wilhelm-Buck-Straße 2": "anschrift asskomm",
    "01097 Dresden": "postleitzahl asskomm",
    "Referat 33 | Geschäftsstelle Landespräventionsrat": "kontakt asskomm",
    "+49 351 855-0": "telefon sicherheitsleitfaden",
    "poststelle.lka@polizei.sachsen.de": "sicherheitsleitfaden mail",
    "Neuländer Straße 60": "adresse zastex",
    "01129 Dresden": "plz zastex",
    "+49 351 855-2223": "zastex tel",
    "zastex.lka@polizei.sachsen.de": "zastex mail",
    "Zentralstelle für polizeiliche Prävention": "kontakt zastex",
    "https://www.polizei.sachsen.de/de/94063.htm": "link zmi",
    "Zentralstelle zur Bekämpfung der Internet-PMK": "anschrift zmi",
    "expertennetzwerk@lds.sachsen.de": "mail expertennetzwerk",
    "Landesdirektion Sachsen": "kontakt expertennetzwerk",
    "+49 351 2103671": "telefon broschürenversand",
    "+49 351 2103681": "fax broschürenversand",
    "publikationen@sachsen.de": "mail broschürenversand",
    "http://www.publikationen.sachsen.de": "homepage broschürenversand",
    "Hammerweg 30": "anschrift broschürenversand",
    "01127 Dresden": "plz broschürenversand",
    "Kantstraße 25": "wer hat die broschüre gedruckt",
    "02625 Bautzen": "wer hat die broschüre gedruckt",
    "2019": "seit wann gibt es asskomm",
    "Januar 2023": "seit wann gibt es die zastex",
    "April 2023": "seit wann gibt es die zastex",
    "13. Oktober 2023": "wann war redaktionsschluss der broschüre",
    "Envato Elements": "von wem sind die fotos in der broschüre",
}

EMERGENCY_NUMBERS = ("110", "112", "116 123", "0800 111 0 111", "0800 111 0 222")

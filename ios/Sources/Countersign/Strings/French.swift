extension ScreenText {
    /// The French text.
    var french: String {
        switch self {
        case .promptEnrol: "Ajouter ce téléphone auprès de {bank}"
        case .promptApprove: "Approuver la demande de {bank}"
        case .promptReplaceKeys: "Remplacer les clés pour {bank}"
        case .requestTitle: "Vous avez une nouvelle demande"
        case .requestBody: "Ouvrez l’application pour la lire."
        case .enrolmentTitle: "Le statut de ce téléphone a changé"
        case .enrolmentBody: "Ouvrez l’application pour en savoir plus."
        case .question: "Approuver cette demande ?"
        case .approve: "Approuver"
        case .deny: "Refuser"
        case .denyNotMe: "Refuser : je ne suis pas à l’origine de cette demande"
        case .denyWrongDetails: "Refuser : les informations sont incorrectes"
        case .denyUnexpected: "Refuser : je ne m’y attendais pas"
        case .readEverything: "Faites défiler jusqu’à la fin et lisez d’abord tout."
        case .enterCode: "Saisissez le code affiché sur l’autre écran."
        case .chooseCode: "Choisissez le code affiché sur l’autre écran."
        case .scan: "Scanner le code"
        case .scanAgain: "Code scanné. Scanner à nouveau"
        case .scanFirst: "Scannez le code affiché sur l’autre écran."
        case .scannerMissing:
            "Cette application ne peut pas scanner de codes. Vous pouvez seulement refuser cette demande."
        case .wrongCode: "Il s’agit d’un autre code. Scannez le code affiché sur l’autre écran."
        case .callActive:
            "Vous êtes en communication. Raccrochez, puis relisez la demande. Votre banque ne vous demande jamais d’approuver une demande pendant un appel."
        case .screenShared:
            "Votre écran est enregistré ou partagé. Arrêtez l’enregistrement ou le partage, puis relisez la demande."
        case .callWarning:
            "Cette demande était ouverte pendant un appel. Votre banque ne vous demande jamais d’approuver une demande pendant un appel."
        case .notApprovable:
            "Cette demande ne peut pas être affichée en toute sécurité. Vous pouvez seulement la refuser."
        case .appOutdated:
            "Votre banque exige une version plus récente de cette application. Mettez-la à jour pour approuver. D’ici là, vous pouvez seulement refuser."
        case .sending: "Envoi de votre décision…"
        case .approved: "Approuvé"
        case .denied: "Refusé"
        case .queued:
            "Votre décision est enregistrée sur ce téléphone et n’est pas encore confirmée. Elle sera envoyée dès qu’une connexion sera disponible."
        case .unconfirmed:
            "Votre banque n’a pas confirmé votre décision. Elle est enregistrée sur ce téléphone et sera renvoyée."
        case .bindingMismatch: "Le code était incorrect. La demande est terminée et rien n’a été approuvé."
        case .expired: "Cette demande a expiré."
        case .alreadyDecided: "Cette demande a déjà été traitée, ici ou sur un autre téléphone."
        case .withdrawn: "Cette demande a été retirée."
        case .notAccepted: "Votre banque n’a pas accepté cette décision. Rien n’a été approuvé."
        case .notVerified: "Votre identité n’a pas été confirmée. Rien n’a été approuvé. Réessayez."
        case .keyInvalidated:
            "Face ID ou Touch ID a changé sur ce téléphone. Confirmez votre identité auprès de votre banque ou ajoutez de nouveau ce téléphone."
        case .keyMissing: "La clé de ce téléphone est introuvable. Ajoutez de nouveau ce téléphone."
        case .phoneLocked: "Déverrouillez votre téléphone et réessayez."
        case .phoneNotActive: "Ce téléphone ne peut pas approuver de demandes pour le moment. Contactez votre banque."
        case .tryAgain: "Une erreur s’est produite. Rien n’a été approuvé. Réessayez."
        }
    }
}

extension ScreenText {
    /// The French text.
    var french: String {
        switch self {
        case .promptEnrol: "Ajouter ce téléphone auprès de {bank}"
        case .promptApprove: "Approuver la demande de {bank}"
        case .promptReplaceKeys: "Remplacer les clés de sécurité pour {bank}"
        case .requestTitle: "Vous avez une nouvelle demande"
        case .requestBody: "Ouvrez l’application pour la consulter."
        case .enrolmentTitle: "Le statut de ce téléphone a changé"
        case .enrolmentBody: "Ouvrez l’application pour en savoir plus."
        case .question: "Approuver cette demande ?"
        case .approve: "Approuver"
        case .deny: "Refuser"
        case .denyNotMe: "Refuser : ce n’est pas moi"
        case .denyWrongDetails: "Refuser : les informations sont incorrectes"
        case .denyUnexpected: "Refuser : je ne m’attendais pas à cette demande"
        case .readEverything: "Veuillez d’abord lire toute la demande. Faites défiler jusqu’à la fin."
        case .enterValue: "Saisissez la valeur affichée sur l’autre écran."
        case .scan: "Scanner le code"
        case .scanAgain: "Code scanné. Scanner à nouveau"
        case .scanFirst: "Scannez le code affiché sur l’autre écran."
        case .scannerMissing:
            "Cette application ne peut pas scanner de codes. Vous pouvez seulement refuser cette demande."
        case .wrongCode: "Ce code est différent. Scannez le code affiché sur l’autre écran."
        case .callActive:
            "Vous êtes en communication. Terminez l’appel, puis consultez de nouveau la demande. Votre banque ne vous demande jamais d’approuver une demande pendant un appel."
        case .screenShared:
            "Votre écran est enregistré ou partagé. Mettez-y fin, puis consultez de nouveau la demande."
        case .callWarning:
            "Cette demande était ouverte pendant un appel. Votre banque ne vous demande jamais d’approuver une demande pendant un appel."
        case .notApprovable:
            "Cette demande ne peut pas être affichée en toute sécurité. Vous pouvez seulement la refuser."
        case .sending: "Envoi de votre décision…"
        case .approved: "Approuvé"
        case .denied: "Refusé"
        case .queued:
            "Votre décision est enregistrée sur ce téléphone. Elle sera envoyée dès que vous serez en ligne. Votre banque ne l’a pas encore confirmée."
        case .bindingMismatch: "La valeur n’était pas correcte. La demande a été fermée et rien n’a été approuvé."
        case .expired: "Cette demande a expiré."
        case .alreadyDecided: "Cette demande a déjà reçu une réponse sur ce téléphone ou sur un autre."
        case .withdrawn: "Cette demande a été retirée."
        case .notAccepted: "Votre banque n’a pas accepté votre décision. Contactez votre banque."
        case .notVerified: "Votre identité n’a pas pu être vérifiée. Rien n’a été approuvé. Veuillez réessayer."
        case .keyInvalidated:
            "Face ID ou Touch ID a changé sur ce téléphone. Confirmez votre identité auprès de votre banque ou ajoutez de nouveau ce téléphone."
        case .keyMissing: "La clé de sécurité de ce téléphone est manquante. Ajoutez de nouveau ce téléphone."
        case .tryAgain: "Une erreur est survenue. Rien n’a été approuvé. Veuillez réessayer."
        }
    }
}

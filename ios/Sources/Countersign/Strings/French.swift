extension Word {
    /// French.
    var french: String {
        switch self {
        case .promptEnrol: "Ajouter ce téléphone auprès de {bank}"
        case .promptApprove: "Approuver la demande de {bank}"
        case .promptReplaceKeys: "Renouveler les clés pour {bank}"
        case .requestTitle: "Une demande attend votre réponse"
        case .requestBody: "Ouvrez l’application pour la lire."
        case .stateTitle: "Un changement concerne ce téléphone"
        case .stateBody: "Ouvrez l’application pour le consulter."
        case .question: "Approuver ?"
        case .approve: "Approuver"
        case .deny: "Refuser"
        case .denyNotMe: "Refuser : ce n’était pas moi"
        case .denyWrongDetails: "Refuser : les informations sont fausses"
        case .denyUnexpected: "Refuser : je ne m’y attendais pas"
        case .readAll: "Lisez d’abord tout : faites défiler jusqu’à la fin."
        case .valueMissing: "Indiquez ce que montre l’autre écran."
        case .scan: "Scanner le code"
        case .scanned: "Code lu. Scanner à nouveau"
        case .scanFirst: "Scannez le code affiché sur l’autre écran."
        case .scanImpossible: "Cette application ne peut pas scanner de codes. Vous pouvez seulement refuser."
        case .notTheCode: "Ce n’est pas le code de l’autre écran. Scannez celui-là."
        case .callActive:
            "Vous êtes en communication. Raccrochez, puis consultez de nouveau la demande : votre banque ne demande jamais d’approuver pendant un appel."
        case .screenShared: "Votre écran est enregistré ou partagé. Mettez-y fin, puis consultez de nouveau la demande."
        case .callWarning: "Vous êtes en communication. Votre banque ne demande jamais d’approbation pendant un appel."
        case .notApprovable: "Cette demande ne peut pas être affichée en toute sécurité. Vous pouvez seulement la refuser."
        case .working: "Envoi de votre réponse…"
        case .approved: "Approuvé"
        case .denied: "Refusé"
        case .queued:
            "Votre réponse est gardée sur ce téléphone et n’est pas encore confirmée. Elle part dès qu’il y a une connexion."
        case .bindingMismatch: "La valeur était fausse. La demande est terminée."
        case .expired: "Trop tard : la demande a expiré."
        case .alreadyDecided: "La demande a déjà reçu une réponse, ici ou sur un autre téléphone."
        case .cancelled: "La demande a été retirée."
        case .policy: "Votre banque n’a pas accepté cette réponse."
        case .promptEnded: "Vous n’avez pas été reconnu. Rien n’a été approuvé ; réessayez."
        case .keyInvalidated:
            "Face ID ou Touch ID a changé sur ce téléphone. Confirmez votre identité auprès de votre banque ou ajoutez de nouveau ce téléphone."
        case .keyMissing: "La clé de ce téléphone est perdue. Ajoutez de nouveau ce téléphone."
        case .tryAgain: "Cela n’a pas fonctionné. Rien n’a été approuvé ; réessayez."
        }
    }
}

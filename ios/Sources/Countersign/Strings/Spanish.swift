extension Word {
    /// Spanish.
    var spanish: String {
        switch self {
        case .promptEnrol: "Añadir este teléfono en {bank}"
        case .promptApprove: "Aprobar la solicitud de {bank}"
        case .promptReplaceKeys: "Renovar las claves de {bank}"
        case .requestTitle: "Una solicitud espera su respuesta"
        case .requestBody: "Abra la aplicación para leerla."
        case .stateTitle: "Algo ha cambiado en este teléfono"
        case .stateBody: "Abra la aplicación para verlo."
        case .question: "¿Aprobar?"
        case .approve: "Aprobar"
        case .deny: "Rechazar"
        case .denyNotMe: "Rechazar: no fui yo"
        case .denyWrongDetails: "Rechazar: los datos son incorrectos"
        case .denyUnexpected: "Rechazar: no lo esperaba"
        case .readAll: "Lea primero todo: desplácese hasta el final."
        case .valueMissing: "Indique lo que muestra la otra pantalla."
        case .scan: "Escanear el código"
        case .scanned: "Código leído. Escanear de nuevo"
        case .scanFirst: "Escanee el código que muestra la otra pantalla."
        case .scanImpossible: "Esta aplicación no puede escanear códigos. Solo puede rechazar."
        case .notTheCode: "Ese no es el código de la otra pantalla. Escanee aquel."
        case .callActive:
            "Está en una llamada. Cuelgue y vuelva a mirar la solicitud: su banco nunca le pide que apruebe durante una llamada."
        case .screenShared: "Su pantalla se está grabando o compartiendo. Deténgalo y vuelva a mirar la solicitud."
        case .callWarning: "Está en una llamada. Su banco nunca pide una aprobación durante una llamada."
        case .notApprovable: "Esta solicitud no se puede mostrar de forma segura. Solo puede rechazarla."
        case .working: "Enviando su respuesta…"
        case .approved: "Aprobado"
        case .denied: "Rechazado"
        case .queued: "Su respuesta se guarda en este teléfono y aún no está confirmada. Se enviará en cuanto haya conexión."
        case .bindingMismatch: "El valor era incorrecto. La solicitud ha terminado."
        case .expired: "Demasiado tarde: la solicitud ha caducado."
        case .alreadyDecided: "La solicitud ya fue respondida, aquí o en otro teléfono."
        case .cancelled: "La solicitud fue retirada."
        case .policy: "Su banco no aceptó esta respuesta."
        case .promptEnded: "No se le ha reconocido. No se aprobó nada; inténtelo de nuevo."
        case .keyInvalidated:
            "Face ID o Touch ID ha cambiado en este teléfono. Confirme su identidad con su banco o añada de nuevo este teléfono."
        case .keyMissing: "La clave de este teléfono se ha perdido. Añada de nuevo este teléfono."
        case .tryAgain: "No ha funcionado. No se aprobó nada; inténtelo de nuevo."
        }
    }
}

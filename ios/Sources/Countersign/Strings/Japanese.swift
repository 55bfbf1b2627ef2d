extension ScreenText {
    /// The Japanese text.
    var japanese: String {
        switch self {
        case .promptEnrol: "このスマートフォンを{bank}に登録します"
        case .promptApprove: "{bank}からのリクエストを承認します"
        case .promptReplaceKeys: "{bank}用のセキュリティキーを交換します"
        case .requestTitle: "新しいリクエストがあります"
        case .requestBody: "アプリを開いて内容をご確認ください。"
        case .enrolmentTitle: "このスマートフォンの登録状況が変わりました"
        case .enrolmentBody: "アプリを開いて詳細をご確認ください。"
        case .question: "このリクエストを承認しますか？"
        case .approve: "承認する"
        case .deny: "拒否する"
        case .denyNotMe: "拒否：自分の操作ではない"
        case .denyWrongDetails: "拒否：内容が間違っている"
        case .denyUnexpected: "拒否：心当たりがない"
        case .readEverything: "先にリクエスト全体をお読みください。最後までスクロールしてください。"
        case .enterValue: "もう一方の画面に表示されている値を入力してください。"
        case .scan: "コードを読み取る"
        case .scanAgain: "読み取りました。もう一度読み取る"
        case .scanFirst: "もう一方の画面に表示されているコードを読み取ってください。"
        case .scannerMissing: "このアプリではコードを読み取れません。このリクエストは拒否のみ可能です。"
        case .wrongCode: "別のコードです。もう一方の画面に表示されているコードを読み取ってください。"
        case .callActive:
            "通話中です。通話を終了してから、リクエストをもう一度ご確認ください。銀行が通話中に承認をお願いすることはありません。"
        case .screenShared: "画面が録画または共有されています。停止してから、リクエストをもう一度ご確認ください。"
        case .callWarning: "通話中にこのリクエストが開かれていました。銀行が通話中に承認をお願いすることはありません。"
        case .notApprovable: "このリクエストは安全に表示できません。拒否のみ可能です。"
        case .sending: "回答を送信しています…"
        case .approved: "承認しました"
        case .denied: "拒否しました"
        case .queued: "回答はこのスマートフォンに保存されました。オンラインになり次第送信されます。銀行による確認はまだ完了していません。"
        case .bindingMismatch: "値が正しくありませんでした。リクエストは終了し、何も承認されていません。"
        case .expired: "このリクエストは有効期限が切れました。"
        case .alreadyDecided: "このリクエストには、このスマートフォンまたは別の端末ですでに回答済みです。"
        case .withdrawn: "このリクエストは取り下げられました。"
        case .notAccepted: "銀行が回答を受け付けませんでした。銀行にお問い合わせください。"
        case .notVerified: "本人確認ができませんでした。何も承認されていません。もう一度お試しください。"
        case .keyInvalidated:
            "このスマートフォンのFace IDまたはTouch IDが変更されました。銀行で本人確認を行うか、このスマートフォンを再登録してください。"
        case .keyMissing: "このスマートフォンのセキュリティキーが見つかりません。このスマートフォンを再登録してください。"
        case .tryAgain: "エラーが発生しました。何も承認されていません。もう一度お試しください。"
        }
    }
}

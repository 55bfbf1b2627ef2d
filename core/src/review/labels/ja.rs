//! Japanese.

use super::LabelKey;

pub(super) const fn label(key: LabelKey) -> &'static str {
    match key {
        LabelKey::Client => "依頼元",
        LabelKey::Issuer => "アカウントの提供元",
        LabelKey::Scope => "目的",
        LabelKey::Message => "メッセージ",
        LabelKey::Amount => "金額",
        LabelKey::Payee => "受取人",
        LabelKey::Account => "口座",
        LabelKey::Bank => "受取人の銀行",
        LabelKey::Reference => "摘要",
        LabelKey::EndToEnd => "エンドツーエンドID",
        LabelKey::Detail => "表示できない内容",
        LabelKey::Binding => "確認",
        LabelKey::Place => "場所",
        LabelKey::Agent => "ブラウザーまたは端末",
        LabelKey::Ip => "ネットワークアドレス",
        LabelKey::Began => "開始",
        LabelKey::Expiry => "有効期限",
        LabelKey::PurposeSignIn => "ログイン",
        LabelKey::PurposeProfile => "氏名とプロフィール",
        LabelKey::PurposeEmail => "メールアドレス",
        LabelKey::PurposePhone => "電話番号",
        LabelKey::PurposeAddress => "住所",
        LabelKey::PurposeOffline => "不在時のアクセス",
        LabelKey::BindingCompare => "もう一方の画面に同じメッセージが表示されている場合だけ承認してください",
        LabelKey::BindingChoose => "もう一方の画面に表示されているものを選んでください：{options}",
        LabelKey::BindingTypeDigits => "もう一方の画面に表示されている{length}桁の数字を入力してください",
        LabelKey::BindingTypeCharacters => "もう一方の画面に表示されている{length}文字を入力してください",
        LabelKey::BindingScan => "もう一方の画面に表示されているコードを読み取ってください",
    }
}

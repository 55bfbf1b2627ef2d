/// What has words for a prompt: the double of a context.
public protocol PromptingDouble: AnyObject {
    /// Why the user is asked.
    var localizedReason: String { get }
}

package import Credentials

/// What the credentials of a request say of who asks.
package enum CallerIdentity: Sendable {
    case known(Principal)
    /// A name with a password that has to be checked; the principal that it then is.
    indirect case toProve(PasswordTask, Principal)
    /// Its key, its user, or the revision that it is of, has not come here yet: to be asked again
    /// after a read. What is wrong with it if it is the same then.
    indirect case unsettled(TokenFault)
    case refused(TokenFault)
}

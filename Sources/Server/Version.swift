/// Which Roost this is.
package enum Version {
    /// As `roost version` and `/version` say it (Semantic Versioning 2.0.0).
    package static let text = "0.1.0"
}

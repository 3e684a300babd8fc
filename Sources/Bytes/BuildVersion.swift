/// Which Roost this is; server, client and tools are one binary and share it.
package enum BuildVersion {
    /// As Semantic Versioning 2.0.0 writes it.
    package static let version = "0.1.0"
}

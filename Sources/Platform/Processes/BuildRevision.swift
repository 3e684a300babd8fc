internal import CPlatform

/// The commit that this binary was built of.
package enum BuildRevision {
    /// As git names it, with `-dirty` where files were changed since; empty where the build was not
    /// told.
    package static let text: [UInt8] =
        unsafe roost_revision_text().map { unsafe Array(String(cString: $0).utf8) } ?? []
}

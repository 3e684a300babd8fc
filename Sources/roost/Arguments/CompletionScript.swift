/// Completion for a shell, made from the table of verbs.
package enum CompletionScript: String, Sendable {
    case bash, zsh, fish

    /// The whole script.
    package func text(verbs: [Verb], common: [Flag]) -> String {
        switch self {
        case .bash: bashText(verbs: verbs, common: common)
        case .zsh: zshText(verbs: verbs, common: common)
        case .fish: fishText(verbs: verbs, common: common)
        }
    }

    private static func flags(of verb: Verb, common: [Flag]) -> [Flag] {
        (verb.reach == .service ? verb.flags + common : verb.flags)
    }

    private static func firstWords(_ verbs: [Verb]) -> [String] {
        var words: [String] = []
        for verb in verbs {
            if let word = verb.words.first, !words.contains(word) { words.append(word) }
        }
        return words
    }

    private static func secondWords(_ verbs: [Verb], after first: String) -> [String] {
        verbs.filter { $0.words.count > 1 && $0.words[0] == first }.map { $0.words[1] }
    }

    private func bashText(verbs: [Verb], common: [Flag]) -> String {
        var lines = [
            "# roost completion for bash: source <(roost completions bash)", "_roost() {",
            "    local word=${COMP_WORDS[COMP_CWORD]} first=${COMP_WORDS[1]} second=${COMP_WORDS[2]}",
            "    local words=", "    COMPREPLY=()", "    if ((COMP_CWORD == 1)); then",
            "        words='\(Self.firstWords(verbs).joined(separator: " "))'", "    else",
            "        case \"$first $second\" in",
        ]
        for verb in verbs {
            let pattern = verb.words.count > 1 ? "'\(verb.name)'" : "'\(verb.name) '*"
            let words = Self.flags(of: verb, common: common).map { "--\($0.name)" }
            lines.append("        \(pattern)) words='\(words.joined(separator: " "))' ;;")
        }
        lines += [
            "        esac", "        if ((COMP_CWORD == 2)); then", "            case $first in",
        ]
        for first in Self.firstWords(verbs) {
            let words =
                first == "help" ? Self.firstWords(verbs) : Self.secondWords(verbs, after: first)
            guard !words.isEmpty else { continue }
            lines.append("            \(first)) words='\(words.joined(separator: " "))' ;;")
        }
        lines += [
            "            completions) words='bash zsh fish' ;;", "            esac", "        fi",
            "    fi", "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")", "}",
            "complete -o default -F _roost roost",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func zshText(verbs: [Verb], common: [Flag]) -> String {
        var lines = [
            "#compdef roost", "# roost completion for zsh: source <(roost completions zsh)",
            "_roost() {", "    local -a verbs seconds", "    verbs=(",
        ]
        for first in Self.firstWords(verbs) {
            let summary = verbs.first { $0.words == [first] }?.summary ?? "\(first) commands"
            lines.append("        '\(first):\(Self.quoted(summary))'")
        }
        lines += [
            "    )", "    if ((CURRENT == 2)); then", "        _describe 'command' verbs",
            "        return", "    fi", "    case \"$words[2] $words[3]\" in",
        ]
        for verb in verbs {
            let pattern = verb.words.count > 1 ? "'\(verb.name)'" : "'\(verb.name) '*"
            let words = Self.flags(of: verb, common: common).map { flag in
                "'--\(flag.name)[\(Self.quoted(flag.summary))]\(flag.value == .none ? "" : ":value:")'"
            }
            lines.append(
                "    \(pattern)) _arguments \(words.joined(separator: " ")) '*:: :_default'"
            )
            lines.append("        return ;;")
        }
        lines += ["    esac", "    case $words[2] in"]
        for first in Self.firstWords(verbs) {
            let words = Self.secondWords(verbs, after: first)
            guard !words.isEmpty else { continue }
            lines.append("    \(first)) seconds=(\(words.joined(separator: " "))) ;;")
        }
        lines += [
            "    completions) seconds=(bash zsh fish) ;;", "    esac",
            "    ((CURRENT == 3)) && compadd -a seconds", "}", "compdef _roost roost",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    private func fishText(verbs: [Verb], common: [Flag]) -> String {
        var lines = [
            "# roost completion for fish: roost completions fish | source", "complete -c roost -f",
        ]
        for first in Self.firstWords(verbs) {
            let summary = verbs.first { $0.words == [first] }?.summary ?? "\(first) commands"
            lines.append(
                "complete -c roost -n __fish_use_subcommand -a \(first) -d '\(Self.quoted(summary))'"
            )
            for second in Self.secondWords(verbs, after: first) {
                lines.append(
                    "complete -c roost -n '__fish_seen_subcommand_from \(first)' -a \(second)"
                )
            }
        }
        lines.append(
            "complete -c roost -n '__fish_seen_subcommand_from completions' -a 'bash zsh fish'"
        )
        for verb in verbs {
            let seen = verb.words.map { "__fish_seen_subcommand_from \($0)" }
            for flag in Self.flags(of: verb, common: common) {
                lines.append(
                    "complete -c roost -n '\(seen.joined(separator: "; and "))' -l \(flag.name)"
                        + "\(flag.value == .none ? "" : " -r") -d '\(Self.quoted(flag.summary))'"
                )
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Without what single quotes, brackets and colons mean to the shells.
    private static func quoted(_ text: String) -> String {
        String(text.map { "'[]:\\".contains($0) ? " " : $0 })
    }
}

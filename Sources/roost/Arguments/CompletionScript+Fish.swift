extension CompletionScript {
    var fishText: String {
        #"""
        # roost completion for fish: roost completions fish | source
        function __roost_words -d 'what is written after the flags before the command'
            set -l words (commandline -opc)
            set -e words[1]
            while string match -q -- '-*' "$words[1]"
                contains -- "$words[1]" \#(argumentFlags); and set -e words[1]
                set -e words[1]
            end
            string join -- \n $words
        end
        function __roost_is -d 'nothing but these words is written'
            set -l words (__roost_words)
            test "$words" = "$argv"
        end
        function __roost_begins -d 'these words are written first'
            set -l words (__roost_words)
            test (count $words) -ge (count $argv)
            and test "$words[1..$(count $argv)]" = "$argv"
        end
        function __roost_command -d 'completes the command after --'
            set -l words (commandline -opc)
            set -l at (contains -i -- -- $words); or return
            set -e words[1..$at]
            complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
        end
        function __roost_live -d 'what the service knows, asked at most once a second'
            set -l word (commandline -ct)
            set -l now (date +%s)
            if test "$__roost_seen" != "$now $argv $word"
                set -g __roost_found (command roost __complete $argv "$word" 2>/dev/null)
                set -g __roost_seen "$now $argv $word"
            end
            string join -- \n $__roost_found
        end
        complete -c roost -f
        \#(commandLines.joined(separator: "\n"))
        \#(verbs.flatMap(verbLines).joined(separator: "\n"))

        """#
    }

    private var argumentFlags: String {
        common.filter(\.takesArgument).flatMap(\.spellings).joined(separator: " ")
    }

    /// The words that name a verb, and the flags before them.
    private var commandLines: [String] {
        let first = firstWords.map { word in
            "\(offer(at: "__roost_is")) -a \(word) -d \(Self.fishQuoted(summary(of: word)))"
        }
        let second = families.flatMap { first, members in
            members.map { verb in
                "\(offer(at: "__roost_is \(first)")) -a \(verb.words[1])"
                    + " -d \(Self.fishQuoted(verb.summary))"
            }
        }
        return first + common.map { line(for: $0, at: "__roost_is") } + second
    }

    /// The flags and operands of one verb.
    private func verbLines(_ verb: Verb) -> [String] {
        let begins = "__roost_begins \(verb.name)"
        var lines = flags(of: verb).map { line(for: $0, at: begins) }
        for operand in verb.operands {
            switch candidates(for: operand, of: verb) {
            case .unknown: break
            case .files: lines.append("\(offer(at: begins)) -F")
            case .directories:
                lines.append("\(offer(at: begins)) -a '(__fish_complete_directories)'")
            case .words(let words):
                let list = words.joined(separator: " ")
                lines.append("\(offer(at: "__roost_is \(verb.name)")) -a '\(list)'")
            case .live(let live):
                lines.append("\(offer(at: begins)) -a '(__roost_live \(live.rawValue))'")
            }
        }
        if verb.tail != .none { lines.append("\(offer(at: begins)) -a '(__roost_command)'") }
        return lines
    }

    private func line(for flag: Flag, at condition: String) -> String {
        var parts = [offer(at: condition)]
        if let letter = flag.letter { parts.append("-s \(letter)") }
        parts.append("-l \(flag.name)")
        if flag.takesArgument {
            switch candidates(for: flag) {
            case .unknown: parts.append("-x")
            case .files: parts.append("-r -F")
            case .directories: parts.append("-x -a '(__fish_complete_directories)'")
            case .words(let words): parts.append("-x -a '\(words.joined(separator: " "))'")
            case .live(let live): parts.append("-x -a '(__roost_live \(live.rawValue))'")
            }
        }
        parts.append("-d \(Self.fishQuoted(flag.summary))")
        return parts.joined(separator: " ")
    }

    private func offer(at condition: String) -> String { "complete -c roost -n '\(condition)'" }

    /// In single quotes, in which fish knows \\ and \'.
    private static func fishQuoted(_ text: String) -> String {
        "'" + spelling("'", as: "\\'", in: spelling("\\", as: "\\\\", in: text)) + "'"
    }
}

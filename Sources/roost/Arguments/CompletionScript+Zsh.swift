extension CompletionScript {
    var zshText: String {
        #"""
        #compdef roost
        # roost completion for zsh: source <(roost completions zsh), or the file _roost in $fpath
        # What the service knows, asked at most once a second.
        _roost_live() {
            if [[ $_roost_seen != "$SECONDS $1 $PREFIX" ]]; then
                typeset -ga _roost_found=(${(f)"$(command roost __complete $1 "$PREFIX" 2>/dev/null)"})
                typeset -g _roost_seen="$SECONDS $1 $PREFIX"
            fi
            compadd -S '' -- ${(M)_roost_found:#*/}
            compadd -- ${_roost_found:#*/}
        }
        _roost() {
            local context state state_descr line ret=1
            local -a choices
            typeset -A opt_args
            _arguments -s -C \#(specifications(of: common)) '1: :->command' '*:: :->arguments' && ret=0
            case $state in
            command)
                choices=(
        \#(descriptions(of: firstWords.map { ($0, summary(of: $0)) }))
                )
                _describe command choices && ret=0 ;;
            arguments)
                case $words[1] in
        \#(familyCases)
                \#(verbs.filter { $0.tail != .none }.map(\.name).joined(separator: "|")))
                    local at=${words[(i)--]}
                    if ((at < CURRENT)); then
                        shift $at words
                        ((CURRENT -= at))
                        _normal && ret=0
                        return ret
                    fi ;;
                esac
                case $words[1] in
        \#(verbCases)
                esac ;;
            esac
            return ret
        }
        # In a file of $fpath this runs at the first completion, else when it is sourced.
        if [[ $funcstack[1] == _roost ]]; then _roost "$@"; else compdef _roost roost; fi

        """#
    }

    /// The elements of an array for `_describe`.
    private func descriptions(of words: [(word: String, summary: String)]) -> String {
        words.map { "            " + Self.quoted("\($0.word):\($0.summary)") }
            .joined(separator: "\n")
    }

    /// Two words become one, so that what follows is counted from there.
    private var familyCases: String {
        families.map { first, members in
            #"""
                    \#(first))
                        if ((CURRENT == 2)); then
                            choices=(
            \#(descriptions(of: members.map { ($0.words[1], $0.summary) }))
                            )
                            _describe command choices && ret=0
                            return ret
                        fi
                        words[1]="$words[1] $words[2]"
                        words[2]=()
                        ((CURRENT--)) ;;
            """#
        }.joined(separator: "\n")
    }

    private var verbCases: String {
        verbs.map { verb in
            var parts = ["_arguments -s", specifications(of: flags(of: verb))]
            for (place, operand) in verb.operands.enumerated() {
                parts.append(specification(of: operand, at: place + 1, in: verb))
            }
            let call = parts.filter { !$0.isEmpty }.joined(separator: " ")
            return "        '\(verb.name)') \(call) && ret=0 ;;"
        }.joined(separator: "\n")
    }

    private func specification(
        of operand: Verb.Operand,
        at place: Int,
        in verb: Verb
    ) -> String {
        let start =
            switch operand.count {
            case .one: "\(place):"
            case .atMostOne: "\(place)::"
            case .any, .atLeastOne: "*:"
            }
        return Self.quoted("\(start)\(operand.name):\(action(candidates(for: operand, of: verb)))")
    }

    /// For `_arguments`: each flag in its long and its short form, which exclude each other.
    private func specifications(of flags: [Flag]) -> String {
        flags.flatMap { flag in
            flag.spellings.map { spelling in
                let others =
                    flag.repetition == .repeatable
                    ? "*" : "(\(flag.spellings.joined(separator: " ")))"
                let summary = Self.spelling("]", as: "\\]", in: flag.summary)
                let name = spelling + join(flag, spelling: spelling)
                return Self.quoted("\(others)\(name)[\(summary)]\(value(flag))")
            }
        }.joined(separator: " ")
    }

    /// How a value may follow.
    private func join(_ flag: Flag, spelling: String) -> String {
        let isLong = spelling.hasPrefix("--")
        return switch flag.value {
        case .none: ""
        case .required: isLong ? "=" : "+"
        case .optionalDuration: isLong ? "=-" : ""
        }
    }

    private func value(_ flag: Flag) -> String {
        switch flag.value {
        case .none: ""
        case .required(let name):
            ":\(Self.spelling(":", as: "\\:", in: name)):\(action(candidates(for: flag)))"
        case .optionalDuration(let name): "::\(name): "
        }
    }

    private func action(_ candidates: Candidates) -> String {
        switch candidates {
        case .unknown: " "
        case .files: "_files"
        case .directories: "_files -/"
        case .words(let words): "(\(words.joined(separator: " ")))"
        case .live(let live): "_roost_live \(live.rawValue)"
        }
    }
}

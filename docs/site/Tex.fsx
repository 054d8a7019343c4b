// TeX to MathML, which browsers show by themselves: no script, no font, nothing from elsewhere.
//
//   \frac{a}{b}, x_i^2, \hat y, \mathbf{X}, \sum_{i=1}^n, \begin{cases} … \end{cases}, and the symbols below.
//
// A command that is not here fails the page that has it.

module Tex

open System
open System.Net

let private symbols =
    dict
        [ for line in
              "alpha α,beta β,gamma γ,delta δ,epsilon ϵ,varepsilon ε,zeta ζ,eta η,theta θ,lambda λ,mu μ,nu ν,xi ξ,pi π,rho ρ,sigma σ,tau τ,phi ϕ,varphi φ,chi χ,psi ψ,omega ω,Gamma Γ,Delta Δ,Theta Θ,Lambda Λ,Sigma Σ,Phi Φ,Psi Ψ,Omega Ω,ell ℓ,partial ∂,nabla ∇,infty ∞,ldots …,dots …,cdots ⋯,vdots ⋮,top ⊤,hbar ℏ,emptyset ∅"
                  .Split
                  ',' -> line.Split(' ')[0], line.Split(' ')[1] ]

let private operators =
    dict
        [ for line in
              "cdot ·,times ×,div ÷,pm ±,odot ⊙,otimes ⊗,oplus ⊕,le ≤,leq ≤,ge ≥,geq ≥,ne ≠,neq ≠,approx ≈,equiv ≡,sim ∼,propto ∝,in ∈,notin ∉,subset ⊂,to →,rightarrow →,leftarrow ←,gets ←,mapsto ↦,Rightarrow ⇒,Leftrightarrow ⇔,iff ⇔,mid ∣,vert |,lvert |,rvert |,Vert ‖,lVert ‖,rVert ‖,| ‖,{ {,} },lfloor ⌊,rfloor ⌋,langle ⟨,rangle ⟩,ll ≪,gg ≫,circ ∘,forall ∀,exists ∃,colon :,% %,& &,_ _,$ $,# #"
                  .Split
                  ',' ->
              let at = line.LastIndexOf ' '
              line[.. at - 1], line[at + 1 ..] ]

let private large = dict [ "sum", "∑"; "prod", "∏"; "int", "∫"; "bigcup", "⋃" ]
let private limits = set [ "max"; "min"; "argmax"; "argmin"; "lim" ]
let private functions = set [ "ln"; "log"; "exp"; "sin"; "cos"; "tanh"; "softmax"; "softplus"; "Pr"; "det" ]
let private accents = dict [ "hat", "^"; "bar", "¯"; "tilde", "~"; "vec", "→"; "dot", "˙"; "overline", "¯"; "widehat", "^" ]

let private spaces =
    dict [ ",", "0.17em"; ":", "0.22em"; ";", "0.28em"; "!", "-0.17em"; " ", "0.3em"; "quad", "1em"; "qquad", "2em" ]

let private tag name content = $"<{name}>{content}</{name}>"
let private text name (content: string) = tag name (WebUtility.HtmlEncode content)
let private styled cls content = $"<mrow class=\"{cls}\">{content}</mrow>"

/// One formula; `display` is for those that stand alone.
let toMathML display (tex: string) =
    let mutable at = 0
    let fail why = failwith $"The formula {tex} {why}."
    let more () = at < tex.Length
    let looking (s: string) = String.CompareOrdinal(tex, at, s, 0, s.Length) = 0

    let blank () =
        while more () && Char.IsWhiteSpace tex[at] do
            at <- at + 1

    /// The name after a backslash.
    let command () =
        let start = at + 1
        at <- start + 1
        if start >= tex.Length then fail "ends with a backslash"

        while Char.IsLetter tex[start] && more () && Char.IsLetter tex[at] do
            at <- at + 1

        tex[start .. at - 1]

    let verbatim () =
        blank ()
        let close = tex.IndexOf('}', at)
        if not (looking "{") || close < 0 then fail "has a command without its braces"
        let inner = tex[at + 1 .. close - 1]
        at <- close + 1
        inner

    /// Atoms up to one of the ends, which is left where it is.
    let rec row (ends: string list) =
        let parts = ResizeArray<string>()
        blank ()

        while more () && not (ends |> List.exists looking) do
            parts.Add(scripted ())
            blank ()

        tag "mrow" (String.Concat parts)

    /// An argument: what is in braces, or one digit, or one other atom.
    and argument () =
        blank ()

        if looking "{" then
            at <- at + 1
            let inner = row [ "}" ]
            if not (looking "}") then fail "has an open brace"
            at <- at + 1
            inner
        elif more () && Char.IsDigit tex[at] then
            at <- at + 1
            text "mn" (string tex[at - 1])
        else
            atom () |> fst

    /// An atom, and what is below and above it.
    and scripted () =
        let body, under = atom ()
        let mutable below, above = "", ""
        let mutable going = true

        while going do
            blank ()

            if more () && tex[at] = '_' then
                at <- at + 1
                below <- argument ()
            elif more () && tex[at] = '^' then
                at <- at + 1
                above <- above + argument ()
            elif more () && tex[at] = '\'' then
                at <- at + 1
                above <- above + text "mo" "′"
            else
                going <- false

        let above = if above = "" then "" else tag "mrow" above

        match below, above, under && display with
        | "", "", _ -> body
        | b, "", true -> $"<munder>{body}{b}</munder>"
        | "", a, true -> $"<mover>{body}{a}</mover>"
        | b, a, true -> $"<munderover>{body}{b}{a}</munderover>"
        | b, "", false -> $"<msub>{body}{b}</msub>"
        | "", a, false -> $"<msup>{body}{a}</msup>"
        | b, a, false -> $"<msubsup>{body}{b}{a}</msubsup>"

    /// A delimiter after \left or \right.
    and fence () =
        blank ()

        match tex[at] with
        | '\\' -> operators[command ()]
        | c ->
            at <- at + 1
            if c = '.' then "" else string c

    and table kind =
        let finish = $"\\end{{{kind}}}"
        let rows = ResizeArray<string>()
        let cells = ResizeArray<string>()
        let mutable going = true

        while going do
            cells.Add(tag "mtd" (row [ "&"; "\\\\"; finish ]))

            if looking "&" then
                at <- at + 1
            else
                rows.Add(tag "mtr" (String.Concat cells))
                cells.Clear()

                if looking "\\\\" then
                    at <- at + 2
                elif looking finish then
                    at <- at + finish.Length
                    going <- false
                else
                    fail $"does not end its {kind}"

        let body = $"<mtable class=\"{kind}\">{String.Concat rows}</mtable>"

        match kind with
        | "cases" -> tag "mrow" $"<mo stretchy=\"true\">{{</mo>{body}"
        | "pmatrix" -> tag "mrow" $"<mo stretchy=\"true\">(</mo>{body}<mo stretchy=\"true\">)</mo>"
        | "bmatrix" -> tag "mrow" $"<mo stretchy=\"true\">[</mo>{body}<mo stretchy=\"true\">]</mo>"
        | "matrix"
        | "aligned" -> body
        | _ -> fail $"has an environment that is not known here, {kind}"

    /// An atom, and whether its scripts go under and over it.
    and atom () : string * bool =
        blank ()

        match tex[at] with
        | '{' -> argument (), false
        | '\\' ->
            match command () with
            | "frac"
            | "tfrac"
            | "dfrac" ->
                let top = argument ()
                $"<mfrac>{top}{argument ()}</mfrac>", false
            | "sqrt" -> tag "msqrt" (argument ()), false
            | "underbrace" -> $"<munder>{argument ()}<mo>⏟</mo></munder>", true
            | "text"
            | "mathrm"
            | "operatorname" as name ->
                let words = verbatim ()
                (if name = "text" then
                     text "mtext" words
                 else
                     $"<mi mathvariant=\"normal\">{WebUtility.HtmlEncode words}</mi>"),
                limits.Contains words
            | "mathbf"
            | "boldsymbol" -> styled "bold" (argument ()), false
            | "mathbb" ->
                match verbatim () with
                | "R" -> text "mi" "ℝ", false
                | "E" -> text "mi" "𝔼", false
                | other -> fail $"has a letter of mathbb that is not known here, {other}"
            | "mathcal" ->
                match argument () with
                | letter -> styled "script" letter, false
            | "left" ->
                let first = fence ()
                let inner = row [ "\\right" ]
                if not (looking "\\right") then fail "has no \\right"
                at <- at + 6
                let last = fence ()
                let stretchy s = if s = "" then "" else $"<mo stretchy=\"true\">{WebUtility.HtmlEncode s}</mo>"
                tag "mrow" (stretchy first + inner + stretchy last), false
            | "big"
            | "bigl"
            | "bigr"
            | "Big"
            | "Bigl"
            | "Bigr" -> text "mo" (fence ()), false
            | "begin" -> table (verbatim ()), false
            | name when accents.ContainsKey name -> $"<mover accent=\"true\">{argument ()}<mo>{accents[name]}</mo></mover>", false
            | name when spaces.ContainsKey name -> $"<mspace width=\"{spaces[name]}\"></mspace>", false
            | name when large.ContainsKey name -> text "mo" large[name], true
            | name when limits.Contains name -> text "mi" name, true
            | name when functions.Contains name ->
                blank ()
                let gap = if more () && "(_^}".Contains tex[at] then "" else "<mspace width=\"0.17em\"></mspace>"
                text "mi" name + "<mo>&#8289;</mo>" + gap |> tag "mrow", false
            | name when symbols.ContainsKey name -> text "mi" symbols[name], false
            | name when operators.ContainsKey name -> text "mo" operators[name], false
            | name -> fail $"has a command that is not known here, \\{name}: add it to docs/site/Tex.fsx"
        | c when Char.IsDigit c || c = '.' && at + 1 < tex.Length && Char.IsDigit tex[at + 1] ->
            let start = at

            while more () && (Char.IsDigit tex[at] || tex[at] = '.' && at + 1 < tex.Length && Char.IsDigit tex[at + 1]) do
                at <- at + 1

            text "mn" tex[start .. at - 1], false
        | c when Char.IsLetter c ->
            at <- at + 1
            text "mi" (string c), false
        | '~' ->
            at <- at + 1
            "<mspace width=\"0.3em\"></mspace>", false
        | c when c = '&' || c = '}' || c = '$' -> fail $"has a {c} where none may be"
        | c ->
            at <- at + 1

            match c with
            | '-' -> text "mo" "−", false
            | '*' -> text "mo" "∗", false
            | '('
            | ')'
            | '['
            | ']'
            | '|'
            | '/' -> $"<mo stretchy=\"false\">{c}</mo>", false
            | c -> text "mo" (string c), false

    let body = row []
    if more () then fail "does not end where it should"
    let kind = if display then "block" else "inline"
    $"<math display=\"{kind}\">{body}</math>"

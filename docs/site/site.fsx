// The site, in artifacts/site: dotnet fsdocs with what it needs before and what it does not do after.
//
//   docs/*.md, examples/*.fsx, bench/results/*.md ── staged in artifacts/docs ──► fsdocs ──► pages made fit ──► checked
//
// fsdocs evaluates the scripts and says nothing of a part that raises: so every part ends with a line that is counted, and taken
// out of the page again. Formulas become MathML. A page that names anything outside the site fails the build.

#load "Tex.fsx"
#r "System.Reflection.Metadata"

open System
open System.Diagnostics
open System.IO
open System.Net
open System.Reflection.Metadata
open System.Reflection.Metadata.Ecma335
open System.Reflection.PortableExecutable
open System.Text.RegularExpressions

let root = Path.GetFullPath(Path.Combine(__SOURCE_DIRECTORY__, "..", ".."))
let inRoot parts = Path.Combine(Array.ofList (root :: parts))
let site = inRoot [ "artifacts"; "site" ]
let stage = inRoot [ "artifacts"; "docs"; "pages" ]
let scripts = inRoot [ "artifacts"; "docs"; "scripts" ]
let assemblies = inRoot [ "artifacts"; "docs"; "assemblies" ]
let reached = inRoot [ "artifacts"; "docs"; "reached.txt" ]

/// The pages of docs/, in the order of the menu. A page that is in docs/ and not here fails the build.
let pages =
    [ "How to", [ "csharp"; "from-scikit-learn"; "from-pytorch"; "from-mlnet"; "data"; "large-files"; "onnx" ]
      "What is what", [ "objective"; "solvers"; "models"; "settings-json" ]
      "Held to", [ "numerics"; "api-review"; "benchmarks" ] ]

let fail why =
    eprintfn "FAILED: %s" why
    exit 1

let lines (text: string) = text.Replace("\r", "").Split '\n'
let between (first: string) (last: string) (s: string) = s.Substring(first.Length, s.Length - first.Length - last.Length)
let replace (pattern: string) (by: Match -> string) text =
    Regex.Replace(text, pattern, MatchEvaluator by, RegexOptions.Singleline)

let run (program: string) (arguments: string list) =
    let start =
        ProcessStartInfo(program, arguments, WorkingDirectory = root, RedirectStandardOutput = true, RedirectStandardError = true)
    start.Environment["LINEARNETS_FIGURES"] <- Path.Combine(stage, "tutorials")
    use tool = Process.Start start
    let errors = tool.StandardError.ReadToEndAsync()
    let output = tool.StandardOutput.ReadToEnd()
    tool.WaitForExit()
    tool.ExitCode, output + errors.Result

// ---- Before: pages with their places in the menu, scripts in parts.

let write (file: string) (text: string) =
    Directory.CreateDirectory(Path.GetDirectoryName file) |> ignore
    File.WriteAllText(file, text)

let front category index order title = $"---\ntitle: {title}\ncategory: {category}\ncategoryindex: {index}\nindex: {order}\n---\n"

let titleOf (text: string) = Regex.Match(text, @"(?m)^# (.+)$").Groups[1].Value.Replace(":", " –")

/// Headings one level lower.
let lowered text = Regex.Replace(text, @"(?m)^#", "##")

let benchmarks () =
    let results = Directory.GetFiles(inRoot [ "bench"; "results" ], "*.md") |> Array.sort
    let parts =
        results
        |> Array.map (fun file -> $"{lowered (File.ReadAllText file)}\n*From `bench/results/{Path.GetFileName file}`.*\n")
    "# Benchmarks\n\nThe tables that `dotnet fsi build.fsx bench` has kept, as they are in `bench/results`; "
    + "each says the machine, the versions and what was measured. Ratios below 1 are losses.\n\n"
    + String.concat "\n" parts

let stagePages () =
    let texts =
        dict
            [ for file in Directory.GetFiles(inRoot [ "docs" ], "*.md") ->
                  Path.GetFileNameWithoutExtension file, File.ReadAllText file ]
    let listed = set [ "index"; yield! pages |> List.collect snd ]

    for name in texts.Keys do
        if not (listed.Contains name) then
            fail $"docs/{name}.md has no place in the menu: add it to `pages` in docs/site/site.fsx."

    pages
    |> List.iteri (fun i (category, names) ->
        names
        |> List.iteri (fun j name ->
            let text = if name = "benchmarks" then benchmarks () else texts[name]
            // Bold code is no bold code to fsdocs.
            let text = Regex.Replace(text, @"\*\*(`[^`]+`)\*\*", "$1")
            write (Path.Combine(stage, name + ".md")) (front category (i + 3) (j + 1) (titleOf text) + text)))

    texts["index"]

/// A script's title: that of its first heading, or of its first comment, or its name.
let scriptTitle (file: string) (text: string) =
    match titleOf text, Regex.Match(text, @"\A// ([^.:\n]+)") with
    | "", m when m.Success -> m.Groups[1].Value
    | "", _ ->
        let name = Path.GetFileNameWithoutExtension file
        string (Char.ToUpperInvariant name[0]) + name[1..]
    | title, _ -> title

/// The script with a counted line and its output after every part of code, and the number of parts.
let inParts (name: string) (text: string) =
    let parts = ResizeArray<string>()
    let code = ResizeArray<string>()
    let mutable count = 0
    let mutable comment = false

    let flush () =
        if code.Exists(fun line -> line.Trim() <> "") then
            count <- count + 1
            while code[code.Count - 1].Trim() = "" do
                code.RemoveAt(code.Count - 1)
            parts.AddRange code
            parts.Add $"thisPartEnds \"{name}\" {count}"
            parts.Add "(*** include-output ***)"
        code.Clear()

    for line in lines text do
        if not comment && line.StartsWith "(**" then
            flush ()
            comment <- true

        if comment then
            parts.Add line
            if line.TrimEnd().EndsWith "*)" then comment <- false
        else
            code.Add(Regex.Replace(line, "^#load \"_", "#load \"../../scripts/_"))

    flush ()
    String.concat "\n" parts + "\n", count

let stageScripts () =
    let all = Directory.GetFiles(inRoot [ "examples" ], "*.fsx") |> Array.sortBy Path.GetFileName
    let shared, own = all |> Array.partition (fun file -> Path.GetFileName(file).StartsWith '_')

    for file in shared do
        let examples = inRoot [ "examples" ]
        let text =
            File
                .ReadAllText(file)
                .Replace("#r \"../artifacts/", $"#r \"{root}/artifacts/")
                .Replace("__SOURCE_DIRECTORY__", $"@\"{examples}\"")
        let counted =
            if Path.GetFileName file <> "_load.fsx" then
                ""
            else
                $"\nlet thisPartEnds (name: string) (part: int) = File.AppendAllText(@\"{reached}\", name + \" \" + string part + \"\\n\")\n"
        write (Path.Combine(scripts, Path.GetFileName file)) (text + counted)

    [ for i, file in Array.indexed own do
          let text = File.ReadAllText file
          let name = Path.GetFileNameWithoutExtension file
          let title = scriptTitle file text
          let category, index = if Char.IsDigit name[0] then "The chapter", 1 else "More examples", 2
          let body, count = inParts name text
          let heading = if titleOf text = "" then $"# {title}\n" else ""
          write (Path.Combine(stage, "tutorials", name + ".fsx")) $"(**\n{front category index (i + 1) title}{heading}*)\n{body}"
          category, name, title, count ]

/// fsdocs skips a type that has an attribute with a type as an argument, such as JsonConverter. In a copy of the assembly such attributes
/// belong to <Module>, which is on no page.
let withoutTypeArguments (file: string) =
    let bytes = File.ReadAllBytes file
    use reader = new PEReader(new MemoryStream(bytes))
    let metadata = reader.GetMetadataReader()
    let size, rows = metadata.GetTableRowSize TableIndex.CustomAttribute, metadata.GetTableRowCount TableIndex.CustomAttribute
    let start = reader.PEHeaders.MetadataStartOffset + metadata.GetTableMetadataOffset TableIndex.CustomAttribute

    let names (handle: CustomAttributeHandle) =
        let attribute = metadata.GetCustomAttribute handle
        if attribute.Constructor.Kind <> HandleKind.MemberReference then
            ""
        else
            let parent = (metadata.GetMemberReference(MemberReferenceHandle.op_Explicit attribute.Constructor)).Parent
            if parent.Kind <> HandleKind.TypeReference then
                ""
            else
                metadata.GetString (metadata.GetTypeReference(TypeReferenceHandle.op_Explicit parent)).Name

    // The row of a parent is two bytes, with five bits for its kind, where no kind of parent has more rows than the rest can say.
    let parents =
        [ TableIndex.MethodDef
          TableIndex.Field
          TableIndex.TypeRef
          TableIndex.TypeDef
          TableIndex.Param
          TableIndex.InterfaceImpl
          TableIndex.MemberRef
          TableIndex.Property
          TableIndex.Event
          TableIndex.StandAloneSig
          TableIndex.TypeSpec
          TableIndex.GenericParam
          TableIndex.GenericParamConstraint
          TableIndex.MethodSpec ]
    let parentSize = if parents |> List.exists (fun table -> metadata.GetTableRowCount table > 2047) then 4 else 2
    let moduleType = (1u <<< 5) ||| 3u

    let table =
        [| for row in 1..rows do
               let own = bytes[start + (row - 1) * size .. start + row * size - 1]
               let name = names (MetadataTokens.CustomAttributeHandle row)
               if name = "JsonConverterAttribute" || name = "CollectionBuilderAttribute" then
                   Array.blit (BitConverter.GetBytes moduleType) 0 own 0 parentSize
               own |]
        |> Array.sortBy (fun own ->
            if parentSize = 4 then BitConverter.ToUInt32(own, 0) else uint32 (BitConverter.ToUInt16(own, 0)))

    Array.blit (Array.concat table) 0 bytes start (size * rows)
    File.WriteAllBytes(file, bytes)

let stageAssemblies () =
    let copy folder (names: string list) =
        for name in names do
            for file in Directory.GetFiles(folder, name) do
                File.Copy(file, Path.Combine(assemblies, Path.GetFileName file), true)

    Directory.CreateDirectory assemblies |> ignore
    // The program has every assembly that the library's refer to.
    copy (inRoot [ "artifacts"; "bin"; "CSharp.Quickstart"; "release" ]) [ "*.dll" ]
    copy (inRoot [ "artifacts"; "bin"; "Facade.CSharp"; "release" ]) [ "LinearNets*.dll"; "LinearNets*.xml" ]
    withoutTypeArguments (Path.Combine(assemblies, "LinearNets.dll"))

// ---- After: what fsdocs has made, made fit.

/// A page's folder is `deep` below the site.
let finished (deep: string) (isCSharp: bool) (html: string) =
    html
    |> _.Replace("@root@/", deep)
    |> _.Replace("../../scripts/_", "_")
    // The counted lines, and their types.
    |> replace @"\n[^\n]*>thisPartEnds<[^\n]*" (fun m -> if m.Value.Contains "</code>" then "</code></pre>" else "")
    |> replace @"<div popover[^>]*>val thisPartEnds[^\n]*\n" (fun _ -> "")
    |> replace "<table class=\"pre\"><tr><td><pre><code>(.*?)</code></pre></td></tr></table>" (fun m ->
        let said = lines m.Groups[1].Value |> Array.filter (fun line -> not (line.StartsWith "figure: "))
        let text = (String.concat "\n" said).Trim('\n')
        if text.Trim() = "" then "" else $"<pre class=\"output\"><code>{text}</code></pre>")
    |> replace @"<span class=""math"">\\(\(|\[)(.*?)\\(\)|\])</span>" (fun m ->
        Tex.toMathML (m.Groups[1].Value = "[") (WebUtility.HtmlDecode m.Groups[2].Value))
    // A bar within code is no end of a cell, and its mark stays.
    |> replace "<td[^>]*>(?:(?!</td>).)*" (fun m -> m.Value.Replace("\\|", "|"))
    // Examples of XML comments are as far to the right as the comments.
    |> replace "<code lang=\"fsharp\">(            .*?)</code>" (fun m ->
        "<code>" + Regex.Replace(m.Groups[1].Value, "(?m)^            ", "") + "</code>")
    // C# code is taken for F#, which its colours survive and its types do not.
    |> replace " data-fsdocs-tip=\"[^\"]*\" data-fsdocs-tip-unique=\"[^\"]*\"" (fun m -> if isCSharp then "" else m.Value)
    // What every record of C# has by itself.
    |> replace
        "<tr>(?:(?!</tr>).)*?<a id=\"(?:EqualityContract|PrintMembers|Equals|GetHashCode|Deconstruct|op_\\w+)\">.*?</tr>"
        (fun _ -> "")

/// Links between pages of docs/ name .md and .fsx files; those to files of the repository are no links here.
let linked (page: string) (html: string) =
    html
    |> replace "<a ([^>]*)href=\"([^\"]*)\"([^>]*)>(.*?)</a>" (fun m ->
        let target = WebUtility.HtmlDecode m.Groups[2].Value
        let path, anchor =
            match target.IndexOf '#' with
            | -1 -> target, ""
            | at -> target[.. at - 1], target[at..]
        if path = "" || Regex.IsMatch(path, "^[a-z]+:") then
            m.Value
        else
            let file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName page, Regex.Replace(path, @"\.(md|fsx)$", ".html")))
            let example = Path.Combine(site, "tutorials", Path.GetFileName file)
            let relative (target: string) = Path.GetRelativePath(Path.GetDirectoryName page, target).Replace('\\', '/') + anchor
            if File.Exists file && file.StartsWith site then
                $"<a {m.Groups[1].Value}href=\"{relative file}\"{m.Groups[3].Value}>{m.Groups[4].Value}</a>"
            elif path.Contains "examples/" && File.Exists example then
                $"<a href=\"{relative example}\">{m.Groups[4].Value}</a>"
            elif path.StartsWith ".." then
                $"<code>{m.Groups[4].Value}</code>"
            else
                fail $"{Path.GetRelativePath(site, page)} links to {path}, which is not there.")

/// What a page loads that is not a file of the site, and what was left undone in it.
let faults (page: string) (html: string) =
    let folder = Path.GetDirectoryName page
    [ for m in
          Regex.Matches(
              html,
              "<(?:script|img|iframe|link|source|video|audio|embed|object)\\b[^>]*?(?:src|href|data)=\"([^\"]*)\""
          ) do
          let target = m.Groups[1].Value
          if Regex.IsMatch(target, "^(?:[a-z]+:|//)") then
              $"loads {target}, which is not of the site"
          elif not (File.Exists(Path.Combine(folder, Uri.UnescapeDataString target))) then
              $"shows {target}, which is not there"
      for m in Regex.Matches(html, @"@import|url\(\s*['""]?(?:https?:)?//[^)]*|\{\{[\w-]+\}\}") do
          $"has {m.Value}"
      if Regex.IsMatch(html, "Could not find reference|No value returned by any evaluator") then
          "shows output that no part of the script has" ]

// ---- The steps.

for old in [ site; inRoot [ "artifacts"; "docs" ]; inRoot [ ".fsdocs" ] ] do
    if Directory.Exists old then Directory.Delete(old, true)

let index = stagePages ()
let tutorials = stageScripts ()
stageAssemblies ()

let listOf category =
    String.concat
        "\n"
        [ for c, name, title, _ in tutorials do
              if c = category then $"- [{title}](tutorials/{name}.html)" ]

write
    (Path.Combine(stage, "index.md"))
    (front "LinearNets" 0 0 "Home"
     + index.Replace("<!-- the chapter -->", listOf "The chapter").Replace("<!-- more examples -->", listOf "More examples"))

File.Copy(inRoot [ "docs"; "site"; "_template.html" ], Path.Combine(stage, "_template.html"))

let code, said =
    run
        "dotnet"
        [ "fsdocs"
          "build"
          "--input"
          Path.GetRelativePath(root, stage)
          "--output"
          Path.GetRelativePath(root, site)
          "--eval"
          "--strict"
          "--nodefaultcontent"
          "--projects"
          inRoot [ "src"; "Core.fsproj" ]
          inRoot [ "src"; "Facade.CSharp"; "Facade.CSharp.csproj" ]
          "--properties"
          "Configuration=Release"
          $"OutDir={assemblies}/"
          "--parameters"
          "root"
          "@root@/" ]

if code <> 0 || said.Contains "Could not read comments" then
    fail $"fsdocs ended with exit code {code}:\n{said}"

let ends = if File.Exists reached then set (File.ReadAllLines reached) else Set.empty

for _, name, _, count in tutorials do
    for part in 1..count do
        if not (ends.Contains $"{name} {part}") then
            fail
                $"part {part} of {count} of examples/{name}.fsx did not come to its end. `dotnet fsi examples/{name}.fsx` says why.\n{said}"

// What the scripts have kept; fsdocs makes its pages elsewhere.
for file in
    [ "*.svg"; "*.html" ]
    |> List.collect (fun pattern -> List.ofArray (Directory.GetFiles(Path.Combine(stage, "tutorials"), pattern))) do
    File.Copy(file, Path.Combine(site, "tutorials", Path.GetFileName file), true)

for name in [ "site.css"; "site.js" ] do
    File.Copy(inRoot [ "docs"; "site"; name ], Path.Combine(site, name), true)

File.Copy(inRoot [ "src"; "Facade.CSharp"; "icon.svg" ], Path.Combine(site, "icon.svg"), true)

let pictures = inRoot [ "docs"; "pictures" ]

if Directory.Exists pictures then
    for file in Directory.GetFiles pictures do
        let target = Path.Combine(site, "pictures", Path.GetFileName file)
        Directory.CreateDirectory(Path.GetDirectoryName target) |> ignore
        File.Copy(file, target, true)

// What fsdocs makes for its own search and for other readers has the root in it, and is not linked.
for pattern in [ "index.json"; "llms*.txt"; "*.md" ] do
    for file in Directory.GetFiles(site, pattern, SearchOption.AllDirectories) do
        File.Delete file

let made = Directory.GetFiles(site, "*.html", SearchOption.AllDirectories) |> Array.sort

let bad =
    [ for page in made do
          let name = Path.GetRelativePath(site, page).Replace('\\', '/')
          let deep = if name.Contains '/' then "../" else "./"
          let isCSharp = name.StartsWith "reference/" && not (name.Contains "-fsharp") && not (name.Contains "-tensors")
          let html = File.ReadAllText page |> finished deep isCSharp |> linked page
          File.WriteAllText(page, html)
          for fault in faults page html do
              $"  {name} {fault}" ]

if not bad.IsEmpty then fail ("the site is not whole:\n" + String.concat "\n" bad)

printfn
    "%d pages, %d of them scripts that were run in %d parts: artifacts/site/index.html"
    made.Length
    tutorials.Length
    ends.Count

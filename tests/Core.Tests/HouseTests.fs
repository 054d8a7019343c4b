/// What the texts of the repository promise about each other.
module LinearNets.Tests.HouseTests

open System
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open NUnit.Framework
open LinearNets.Tensors

/// The members by which Core.fs may know tensors: those that DiffSharp has too.
let private contract =
    set (
        "shape dim dtype nelement primal derivative noDiff reverseDiff forwardDiff reverse cast zerosLike onehotLike matmul transpose \
         solve dot exp log sqrt abs sign softplus sigmoid relu tanh clamp sum mean max argmax gather scatter eq expand view \
         squeeze unsqueeze toArray1D GetSlice Item tensor zeros ones eye cat nest nestLevel grad diff jacobian hessian \
         gradhessian gradv hessianv jacobianv jacobianTv"
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
    )

let private flags = BindingFlags.Public ||| BindingFlags.Instance ||| BindingFlags.Static ||| BindingFlags.DeclaredOnly

let private publicMembers (t: Type) =
    t.GetMembers flags
    |> Seq.map _.Name
    |> Seq.filter (fun name -> not (Regex.IsMatch(name, "^(get_|set_|op_|\\.|ToString$|Equals$|GetHashCode$)")))
    |> set

[<Test>]
let ``Core.fs knows tensors only by the members of the contract`` () =
    let extras = publicMembers typeof<Tensor> + publicMembers typeof<dsharp> - contract

    for file in [ "src/Core.fs"; "src/Rows.fs" ] do
        let text = File.ReadAllText(Repository.file file)

        let used = extras |> Set.filter (fun name -> Regex.IsMatch(text, $@"\.{name}\b"))
        Assert.That(used, Is.Empty, file)

[<Test>]
let ``the engine has every member of the contract`` () =
    let missing = contract - publicMembers typeof<Tensor> - publicMembers typeof<dsharp>
    Assert.That(missing, Is.Empty)

[<Test>]
let ``the taste in README.md is examples/taste.fsx, which the check runs`` () =
    let readme = File.ReadAllText(Repository.file "README.md")
    let block = Regex.Match(readme, "```fsharp\n(.*?)```", RegexOptions.Singleline)
    Assert.That(block.Groups[1].Value, Is.EqualTo(File.ReadAllText(Repository.file "examples/taste.fsx")))

[<Test>]
let ``README.md names every target of build.fsx`` () =
    let readme = File.ReadAllText(Repository.file "README.md")
    let build = File.ReadAllText(Repository.file "build.fsx")
    let list = build.Substring(build.IndexOf "let targets")
    let targets = [ for m in Regex.Matches(list, "^    (?:\\[|  ?) \"(\\w+)\",", RegexOptions.Multiline) -> m.Groups[1].Value ]
    Assert.That(targets, Has.Length.GreaterThan 3)

    for target in targets do
        Assert.That(readme, Does.Contain $"build.fsx {target} ")

/// The rows of the tables of a page: their cells.
let private rowsOf page =
    [ for line in File.ReadAllLines(Repository.file page) do
          if line.StartsWith "| " then
              [| for cell in Regex.Split(line.Trim '|', @"(?<!\\)\|") -> cell.Trim().Replace("\\|", "|") |] ]

[<Test>]
let ``every promise of docs/numerics.md names a test that is there`` () =
    let promises = rowsOf "docs/numerics.md" |> List.filter (fun row -> row[0] <> "promise" && not (row[0].StartsWith "---"))
    Assert.That(promises, Has.Length.GreaterThan 30)

    for row in promises do
        let named = Regex.Match(row[1], "^`(\\w+\\.(?:fs|cs))`: (.+)$")
        Assert.That(named.Success, row[1])
        let file =
            Directory.GetFiles(Repository.file "tests", named.Groups[1].Value, SearchOption.AllDirectories)
            |> Array.exactlyOne
        let name = named.Groups[2].Value
        let declared = if file.EndsWith ".fs" then $"let ``{name}``" else $"void {name}("
        Assert.That(File.ReadAllText file, Does.Contain declared, row[0])

[<Test>]
let ``what a page says one writes here is in a block of the page, which is run`` () =
    for page in [ "from-scikit-learn"; "from-pytorch"; "from-mlnet" ] do
        let text = File.ReadAllText(Repository.file $"docs/{page}.md")
        let blocks =
            Regex.Matches(text, "(?s)\n```(?:csharp|fsharp)\n(.*?)```") |> Seq.map _.Groups[1].Value |> String.concat "\n"
        let codes =
            [ for row in rowsOf $"docs/{page}.md" do
                  for code in Regex.Matches(row[1], "`([^`]+)`") -> code.Groups[1].Value ]
        Assert.That(codes, Has.Length.GreaterThan 10, page)

        for code in codes do
            Assert.That(blocks, Does.Contain code, page)

/// The code blocks of a text, with their languages.
let private blocksOf file =
    [ for m in Regex.Matches(File.ReadAllText(Repository.file file), "(?s)\n```(.*?)```") -> m.Groups[1].Value ]

[<Test>]
let ``README.zh-CN.md has the code blocks of README.md`` () =
    Assert.That(blocksOf "README.zh-CN.md", Is.EqualTo<string list>(blocksOf "README.md"))

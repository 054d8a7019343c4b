/// The public face of the assembly: written down, documented, and fit for both languages.
module LinearNets.Tests.ApiDump

open System
open System.Collections.Generic
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open System.Xml.Linq
open FSharp.Reflection
open NUnit.Framework
open LinearNets

let private core = typeof<LinearNetsException>.Assembly

/// The assemblies of the library beside the tests.
let private assemblies =
    [ for path in Directory.GetFiles(AppContext.BaseDirectory, "LinearNets*.dll") do
          let name = Path.GetFileNameWithoutExtension path

          if not (name.EndsWith ".Tests") then Assembly.Load(AssemblyName name) ]

let private declared =
    BindingFlags.Public
    ||| BindingFlags.NonPublic
    ||| BindingFlags.Static
    ||| BindingFlags.Instance
    ||| BindingFlags.DeclaredOnly

let private isGenerated (m: MemberInfo) = m.IsDefined(typeof<CompilerGeneratedAttribute>, false)

let private isOpen (m: MethodBase) = m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly

/// Whether F# made the type for a union: its tags, or a case as a subclass.
let private isPartOfUnion (t: Type) =
    t.IsNested && FSharpType.IsUnion(t.DeclaringType, BindingFlags.Public ||| BindingFlags.NonPublic)

let private publicTypes =
    core.GetExportedTypes()
    |> Array.filter (isPartOfUnion >> not)
    |> Array.sortWith (fun a b -> String.CompareOrdinal(a.FullName, b.FullName))

/// What is public of a type, without what the compiler makes for every union and record, and without accessors.
let private members (t: Type) : MemberInfo list =
    let accessors =
        HashSet<string>(
            [ for p in t.GetProperties declared do
                  for accessor in p.GetAccessors true do
                      yield accessor.ToString()
              for e in t.GetEvents declared do
                  yield e.AddMethod.ToString()
                  yield e.RemoveMethod.ToString() ]
        )

    [ for c in t.GetConstructors declared do
          if isOpen c && not c.IsStatic then c
      for f in t.GetFields declared do
          if f.IsPublic || f.IsFamily then f
      for p in t.GetProperties declared do
          let getter = p.GetAccessors true |> Array.head

          if isOpen getter && not (isGenerated p || isGenerated getter && FSharpType.IsUnion t) then p
      for e in t.GetEvents declared do
          if isOpen e.AddMethod then e
      for m in t.GetMethods declared do
          if isOpen m && not (isGenerated m) && not (accessors.Contains(m.ToString())) then m ]

// ---- the text -------------------------------------------------------------------------------------------------------

let private keywords =
    dict
        [ typeof<Void>, "void"
          typeof<obj>, "object"
          typeof<string>, "string"
          typeof<bool>, "bool"
          typeof<byte>, "byte"
          typeof<int>, "int"
          typeof<int64>, "long"
          typeof<uint32>, "uint"
          typeof<uint64>, "ulong"
          typeof<float32>, "float"
          typeof<float>, "double" ]

let rec private typeName (t: Type) : string =
    match keywords.TryGetValue t with
    | true, keyword -> keyword
    | _ when t.IsArray -> typeName (t.GetElementType()) + "[" + String(',', t.GetArrayRank() - 1) + "]"
    | _ when t.IsByRef -> "ref " + typeName (t.GetElementType())
    | _ when t.IsGenericType ->
        let arguments = String.Join(", ", t.GetGenericArguments() |> Array.map typeName)
        $"{t.Name.Split('`')[0]}<{arguments}>"
    | _ -> t.Name

let private parameterText (p: ParameterInfo) =
    let value =
        if p.HasDefaultValue then
            $" = {p.DefaultValue |> Option.ofObj |> Option.map string |> Option.defaultValue (string null)}"
        elif p.IsOptional then
            " = default"
        else
            ""

    let spread = if p.IsDefined(typeof<ParamArrayAttribute>, false) then "params " else ""
    $"{spread}{typeName p.ParameterType} {p.Name}{value}"

let private parametersText (m: MethodBase) = String.Join(", ", m.GetParameters() |> Array.map parameterText)

let private isStatic (isStatic: bool) = if isStatic then "static " else ""

let private memberText (m: MemberInfo) =
    match m with
    | :? ConstructorInfo as c -> $"new({parametersText c})"
    | :? FieldInfo as f when f.IsLiteral -> $"const {typeName f.FieldType} {f.Name} = {f.GetRawConstantValue()}"
    | :? FieldInfo as f -> $"{isStatic f.IsStatic}{typeName f.FieldType} {f.Name}"
    | :? PropertyInfo as p ->
        let accessors = p.GetAccessors true
        let settable = p.CanWrite && isOpen p.SetMethod

        let index =
            match p.GetIndexParameters() with
            | [||] -> ""
            | index -> "[" + String.Join(", ", Array.map parameterText index) + "]"

        let access = if settable then "{ get; set; }" else "{ get; }"
        $"{isStatic accessors[0].IsStatic}{typeName p.PropertyType} {p.Name}{index} {access}"
    | :? EventInfo as e -> $"event {typeName e.EventHandlerType} {e.Name}"
    | :? MethodInfo as m ->
        let generic =
            if m.IsGenericMethod then
                "<" + String.Join(", ", m.GetGenericArguments() |> Array.map typeName) + ">"
            else
                ""

        let kind =
            if m.IsStatic then "static "
            elif m.IsAbstract then "abstract "
            elif m.IsVirtual && m.GetBaseDefinition() <> m then "override "
            elif m.IsVirtual && not m.IsFinal then "virtual "
            else ""

        $"{kind}{typeName m.ReturnType} {m.Name}{generic}({parametersText m})"
    | other -> other.ToString()

let private kindOf (t: Type) =
    if t.IsInterface then "interface"
    elif t.IsEnum then "enum"
    elif typeof<Delegate>.IsAssignableFrom t then "delegate"
    elif FSharpType.IsUnion t then "union"
    elif FSharpType.IsRecord t then "record"
    elif t.IsValueType then "struct"
    elif t.IsAbstract && t.IsSealed then "static class"
    elif t.IsAbstract then "abstract class"
    elif t.IsSealed then "sealed class"
    else "class"

let private typeLines (t: Type) =
    let bases =
        [ if not (isNull t.BaseType) && t.BaseType <> typeof<obj> && t.BaseType <> typeof<ValueType> then
              typeName t.BaseType
          if not (FSharpType.IsUnion t || FSharpType.IsRecord t) then
              yield! t.GetInterfaces() |> Array.map typeName |> Array.sort ]

    let bases = if bases.IsEmpty then "" else " : " + String.Join(", ", bases)

    let cases =
        if FSharpType.IsUnion t then
            [ for case in FSharpType.GetUnionCases t do
                  let fields = String.Join(", ", [ for f in case.GetFields() -> $"{typeName f.PropertyType} {f.Name}" ])
                  $"    | {case.Name}({fields})".Replace("()", "") ]
        else
            []

    let lines =
        members t
        |> List.map (fun m -> "    " + memberText m)
        |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))
    $"{kindOf t} {t.FullName}{bases}" :: cases @ lines

let private dump () =
    [ for t in publicTypes do
          yield! typeLines t
          "" ]

[<Test>]
let ``the public API is the one that tests/PublicApi.txt has`` () =
    let path = Repository.file "tests/PublicApi.txt"
    let actual = dump ()

    if Environment.GetEnvironmentVariable "LINEARNETS_ACCEPT_API" = "1" then
        File.WriteAllText(path, String.Join("\n", actual))

    let expected =
        if File.Exists path then
            File.ReadAllText(path).ReplaceLineEndings("\n").Split('\n') |> List.ofArray
        else
            []

    if expected <> actual then
        let only these others = these |> List.filter (fun line -> not (List.contains line others))
        let gone, added = only expected actual, only actual expected
        let first = Seq.zip (expected @ [ "(the end)" ]) (actual @ [ "(the end)" ]) |> Seq.tryFindIndex (fun (e, a) -> e <> a)
        let show sign lines = [ for line in List.truncate 20 lines -> $"{sign} {line}" ]

        Assert.Fail(
            String.Join(
                "\n",
                [ $"The public API differs from {path}, from line {defaultArg first 0 + 1} on:"
                  yield! show "-" gone
                  yield! show "+" added
                  "If it should, run the tests once with LINEARNETS_ACCEPT_API=1 and commit the file; mention it in CHANGELOG.md." ]
            )
        )

// ---- the documentation ----------------------------------------------------------------------------------------------

/// What the compiler calls a member in the XML file, without its parameters.
let private documentName (m: MemberInfo) =
    let owner (t: Type) = t.FullName.Replace('+', '.')

    match m with
    | :? Type as t -> "T:" + owner t
    | :? PropertyInfo as p -> $"P:{owner p.DeclaringType}.{p.Name}"
    | :? FieldInfo as f -> $"F:{owner f.DeclaringType}.{f.Name}"
    | :? EventInfo as e -> $"E:{owner e.DeclaringType}.{e.Name}"
    | m -> $"M:{owner m.DeclaringType}.{m.Name}"

[<Test>]
let ``every public type and member has a summary`` () =
    let documented =
        XDocument.Load(Path.Combine(AppContext.BaseDirectory, "LinearNets.Core.xml")).Descendants(XName.Get "member")
        |> Seq.filter (fun m ->
            let summary = m.Element(XName.Get "summary")
            not (isNull summary) && not (String.IsNullOrWhiteSpace summary.Value))
        // Parameters, and how many types a method takes, are left out; how many a type takes is in its own name, too.
        |> Seq.countBy (fun m -> m.Attribute(XName.Get "name").Value.Split('(').[0].Split("``").[0])
        |> dict

    let wanted =
        [ for t in publicTypes do
              documentName t

              if FSharpType.IsUnion t then
                  for case in FSharpType.GetUnionCases t do
                      $"{documentName t}.{case.Name}"

              for m in members t do
                  // A constructor does what the summary of its type says, and an enumeration's value is its own.
                  if not (m :? ConstructorInfo) && m.Name <> "value__" then documentName m ]

    Assert.That(wanted.Length, Is.GreaterThan 100)

    let missing =
        [ for name, count in List.countBy id wanted do
              match documented.TryGetValue name with
              | true, summaries when summaries >= count -> ()
              | _, summaries -> $"{name}: {summaries} of {count}" ]

    Assert.That(missing, Is.Empty, String.Join("\n", missing))

// ---- names and languages --------------------------------------------------------------------------------------------

[<Test>]
let ``no public name stands in two of our assemblies`` () =
    Assert.That(assemblies.Length, Is.GreaterThanOrEqualTo 2)
    Assert.That(assemblies, Does.Contain core)
    let names =
        [ for a in assemblies do
              for t in a.GetExportedTypes() -> t.FullName ]
    Assert.That(names, Is.Unique)

[<Test>]
let ``the kernels export nothing`` () =
    let kernels = assemblies |> List.find (fun a -> a.GetName().Name = "LinearNets.Kernels")
    Assert.That(kernels.GetExportedTypes(), Is.Empty)

[<Test>]
let ``everything public stands in one of our namespaces`` () =
    for t in publicTypes do
        Assert.That([ "LinearNets"; "LinearNets.FSharp"; "LinearNets.Tensors" ], Does.Contain t.Namespace, t.FullName)

let rec private typesWithin (t: Type) : Type list =
    [ t
      if t.HasElementType then yield! typesWithin (t.GetElementType())
      for argument in t.GetGenericArguments() do
          if argument <> t && not argument.IsGenericParameter then yield! typesWithin argument ]

let private signature (m: MemberInfo) : Type list =
    match m with
    | :? MethodInfo as m -> m.ReturnType :: [ for p in m.GetParameters() -> p.ParameterType ]
    | :? MethodBase as c -> [ for p in c.GetParameters() -> p.ParameterType ]
    | :? PropertyInfo as p -> p.PropertyType :: [ for i in p.GetIndexParameters() -> i.ParameterType ]
    | :? FieldInfo as f -> [ f.FieldType ]
    | :? EventInfo as e -> [ e.EventHandlerType ]
    | _ -> []

/// What C# cannot use comfortably in the public face of a type.
let private onlyForFSharp (t: Type) =
    let isOfFSharp (t: Type) = not (isNull t.Namespace) && t.Namespace.StartsWith "Microsoft.FSharp"

    [ for m in members t do
          if signature m |> List.collect typesWithin |> List.exists isOfFSharp then $"{t.FullName}: {memberText m}"

          if m.IsDefined(typeof<CompilationArgumentCountsAttribute>, false) then
              $"{t.FullName}: {memberText m} is curried"

      if not (isNull t.BaseType) && typesWithin t.BaseType |> List.exists isOfFSharp then
          $"{t.FullName}: {t.BaseType}" ]

[<Test>]
let ``what C# and F# share has no type that only F# has`` () =
    let shared = publicTypes |> Array.filter (fun t -> t.Namespace = "LinearNets") |> List.ofArray
    Assert.That(shared.Length, Is.GreaterThanOrEqualTo 10)
    let found = List.collect onlyForFSharp shared
    Assert.That(found, Is.Empty, String.Join("\n", found))

[<Test>]
let ``F# functions, options and curried members are seen where there are some`` () =
    // The test above can fail: the F# side has them, and is not held to its rule.
    let found =
        publicTypes
        |> Array.filter (fun t -> t.Namespace = "LinearNets.FSharp")
        |> List.ofArray
        |> List.collect onlyForFSharp
    Assert.That(found, Is.Not.Empty)
    Assert.That(String.Join("\n", found), Does.Contain("FSharpFunc").And.Contain("FSharpOption").And.Contain("curried"))

// The documentation of what is public: dotnet fsi PublicDocs.fsx FOLDER ASSEMBLY.dll…
//
// Compilers write into ASSEMBLY.xml what is said of internal and private members too. A package's reader cannot see those, and
// they are almost half of the text. This copies the .xml files that lie beside the assemblies to the folder, without them.
// What metadata do not have stays: an abbreviation of a type in F# is in the text alone. So does what a kept text inherits from.
//
// What is said of an enum's values is there twice: the name that tools of F# make for a value calls it a property (see Core.fsproj).

open System.Collections.Generic
open System.IO
open System.Reflection
open System.Reflection.Metadata
open System.Reflection.PortableExecutable
open System.Xml.Linq

/// The names of types and members, as the text spells them, that are not public and have no public overload.
let hiddenNames (assembly: string) =
    use reader = new PEReader(File.OpenRead assembly)
    let metadata = reader.GetMetadataReader()
    let text (handle: StringHandle) = metadata.GetString handle
    let shown, hidden = HashSet<string>(), HashSet<string>()
    let add name isPublic = (if isPublic then shown else hidden).Add name |> ignore

    let isPublicMethod (handle: MethodDefinitionHandle) =
        not handle.IsNil
        && match metadata.GetMethodDefinition(handle).Attributes &&& MethodAttributes.MemberAccessMask with
           | MethodAttributes.Public
           | MethodAttributes.Family
           | MethodAttributes.FamORAssem -> true
           | _ -> false

    let rec nameOf (handle: TypeDefinitionHandle) =
        let t = metadata.GetTypeDefinition handle
        let outer = t.GetDeclaringType()
        let before = if outer.IsNil then text t.Namespace else nameOf outer
        (if before = "" then "" else before + ".") + text t.Name

    for handle in metadata.TypeDefinitions do
        let t, name = metadata.GetTypeDefinition handle, nameOf handle
        let addMember handle isPublic = add (name + "." + (text handle).Replace('.', '#')) isPublic

        match t.Attributes &&& TypeAttributes.VisibilityMask with
        | TypeAttributes.Public
        | TypeAttributes.NestedPublic
        | TypeAttributes.NestedFamily
        | TypeAttributes.NestedFamORAssem -> add name true
        | _ -> add name false

        for handle in t.GetMethods() do
            addMember (metadata.GetMethodDefinition handle).Name (isPublicMethod handle)

        for handle in t.GetProperties() do
            let property = metadata.GetPropertyDefinition handle
            let accessors = property.GetAccessors()
            addMember property.Name (isPublicMethod accessors.Getter || isPublicMethod accessors.Setter)

        for handle in t.GetFields() do
            let field = metadata.GetFieldDefinition handle
            addMember field.Name (field.Attributes &&& FieldAttributes.FieldAccessMask = FieldAttributes.Public)

    hidden.ExceptWith shown
    hidden

/// Whether a member, or what it is in, is hidden: M:Space.Type.Method``1(System.Int32) is if Space.Type or Space.Type.Method is.
let isHidden (hidden: HashSet<string>) (name: string) =
    let whole = name.Substring(2).Split('(')[0]
    let parts = whole.Split("``").[0].Split '.'
    seq { 1 .. parts.Length } |> Seq.exists (fun n -> hidden.Contains(System.String.Join('.', parts, 0, n)))

let write folder (assembly: string) =
    let hidden = hiddenNames assembly
    let document = XDocument.Load(Path.ChangeExtension(assembly, ".xml"), LoadOptions.PreserveWhitespace)
    let value name (element: XElement) = element.Attribute(XName.Get name) |> Option.ofObj |> Option.map _.Value
    let members = [ for element in document.Descendants "member" -> (value "name" element).Value, element ]

    let inherited (element: XElement) = element.Descendants "inheritdoc" |> Seq.choose (value "cref") |> Set.ofSeq

    let rec keep (kept: Set<string>) =
        let wanted =
            [ for name, element in members do
                  if kept.Contains name then inherited element ]
            |> Set.unionMany
        if wanted.IsSubsetOf kept then kept else keep (Set.union kept wanted)

    let kept =
        keep (
            Set
                [ for name, _ in members do
                      if not (isHidden hidden name) then name ]
        )

    for name, element in members do
        if not (kept.Contains name) then
            if element.NextNode :? XText then element.NextNode.Remove()
            element.Remove()
        elif name.StartsWith "F:" then
            let again = XElement element
            again.SetAttributeValue(XName.Get "name", "P:" + name.Substring 2)
            element.AddAfterSelf("\n", again)

    let path = Path.Combine(folder, Path.GetFileNameWithoutExtension assembly + ".xml")
    document.Save(path, SaveOptions.DisableFormatting)

let folder, assemblies = fsi.CommandLineArgs[1], fsi.CommandLineArgs[2..]
Directory.CreateDirectory folder |> ignore
assemblies |> Array.iter (write folder)

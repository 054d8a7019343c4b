// What is in the package, and what it says of itself.

using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;

namespace LinearNets.Tests;

public sealed class PackageTests
{
    private const int MostBytes = 1_000_000;

    private static readonly string[] Assemblies = ["LinearNets", "LinearNets.Core", "LinearNets.Kernels"];

    private static readonly string[] Documented = ["LinearNets", "LinearNets.Core"];

    [Test]
    public void It_has_the_three_assemblies_with_the_documentation_of_what_is_public_and_nothing_else()
    {
        using ZipArchive archive = ZipFile.OpenRead(Packed.PackagePath);
        IEnumerable<string> files = archive.Entries.Select(entry => entry.FullName)
            .Where(name => !name.StartsWith("_rels/", StringComparison.Ordinal) && !name.StartsWith("package/", StringComparison.Ordinal));
        IEnumerable<string> own = Assemblies.Select(name => $"lib/net10.0/{name}.dll").Concat(Documented.Select(name => $"lib/net10.0/{name}.xml"));
        Assert.That(files, Is.EquivalentTo(own.Concat(["LinearNets.nuspec", "README.md", "icon.png", "[Content_Types].xml"])));
    }

    [Test]
    public void It_is_smaller_than_a_megabyte() =>
        Assert.That(new FileInfo(Packed.PackagePath).Length, Is.LessThan(MostBytes));

    [Test]
    public void It_wants_the_packages_that_are_restored_here_and_no_others()
    {
        IEnumerable<string> wanted = Nuspec().Descendants()
            .Where(element => element.Name.LocalName == "dependency")
            .Select(element => $"{element.Attribute("id")!.Value} {element.Attribute("version")!.Value}");
        string[] expected = ["FSharp.Core", "MathNet.Numerics", "System.Numerics.Tensors"];
        Assert.That(wanted, Is.EquivalentTo(expected.Select(name => $"{name} {Packed.VersionOf(name)}")));
    }

    [Test]
    public void Its_version_is_the_first_of_the_change_log_and_its_commit_that_of_the_repository()
    {
        string log = File.ReadAllText(Path.Combine(Packed.Repository, "CHANGELOG.md"));
        Assert.That(Packed.Version, Is.EqualTo(Regex.Match(log, @"^## \[(.+?)\]", RegexOptions.Multiline).Groups[1].Value));
        Assert.That(Metadata("version"), Is.EqualTo(Packed.Version));
        string commit = Tool.Run(Packed.Repository, "git", "rev-parse", "HEAD").Trim();
        Assert.That(Nuspec().Descendants().Single(element => element.Name.LocalName == "repository").Attribute("commit")!.Value, Is.EqualTo(commit));
    }

    [Test]
    public void It_says_what_it_is()
    {
        Assert.That(Metadata("id"), Is.EqualTo("LinearNets"));
        Assert.That(Metadata("license"), Is.EqualTo("MIT"));
        Assert.That(Metadata("icon"), Is.EqualTo("icon.png"));
        Assert.That(Metadata("readme"), Is.EqualTo("README.md"));
        Assert.That(Metadata("description"), Does.Contain("Linear regression and softmax regression"));
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Its_assemblies_have_their_symbols_and_the_package_s_version(string assembly)
    {
        using PEReader reader = Assembly(assembly);
        Assert.That(reader.ReadDebugDirectory().Select(entry => entry.Type), Does.Contain(DebugDirectoryEntryType.EmbeddedPortablePdb));
        Version version = reader.GetMetadataReader().GetAssemblyDefinition().Version;
        Assert.That(version.ToString(3), Is.EqualTo(Packed.Version));
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Its_assemblies_do_not_say_where_they_were_built(string assembly)
    {
        using PEReader reader = Assembly(assembly);
        DebugDirectoryEntry entry = reader.ReadDebugDirectory().Single(entry => entry.Type == DebugDirectoryEntryType.EmbeddedPortablePdb);
        using MetadataReaderProvider symbols = reader.ReadEmbeddedPortablePdbDebugDirectoryData(entry);
        MetadataReader metadata = symbols.GetMetadataReader();
        Assert.That(metadata.Documents.Select(handle => metadata.GetString(metadata.GetDocument(handle).Name)), Has.All.StartsWith("/_/"));
        string whole = Encoding.UTF8.GetString(reader.GetEntireImage().GetContent().AsSpan());
        Assert.That(whole.Contains(Packed.Repository, StringComparison.Ordinal), Is.False);
    }

    [TestCaseSource(nameof(Documented))]
    public void Its_documentation_is_of_all_public_types_and_of_no_others_but_what_they_inherit_it_from(string assembly)
    {
        using PEReader reader = Assembly(assembly);
        MetadataReader metadata = reader.GetMetadataReader();
        ILookup<bool, string> types = metadata.TypeDefinitions
            .Select(metadata.GetTypeDefinition)
            .Where(type => !type.IsNested)
            .ToLookup(type => type.Attributes.HasFlag(TypeAttributes.Public), type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}");
        XDocument text = Documentation(assembly);
        HashSet<string> members = [.. text.Descendants("member").Select(member => member.Attribute("name")!.Value)];
        HashSet<string> inherited = [.. text.Descendants("inheritdoc").Select(element => element.Attribute("cref")?.Value).OfType<string>()];
        Assert.That(types[true].Where(type => !members.Contains($"T:{type}")), Is.Empty);
        HashSet<string> hidden = [.. types[false].Except(types[true])];
        Assert.That(members.Except(inherited).Where(member => hidden.Contains(member[2..])), Is.Empty);
        Assert.That(inherited.Except(members.Concat(Documentation("LinearNets.Core").Descendants("member").Select(member => member.Attribute("name")!.Value))), Is.Empty);
    }

    // F# calls the values of an enum properties when it looks for what is said of them, and other languages call them fields.
    [Test]
    public void What_is_said_of_the_values_of_an_enum_is_found_by_tools_of_either_language()
    {
        ILookup<string, string> said = Documentation("LinearNets.Core").Descendants("member").ToLookup(member => member.Attribute("name")!.Value, member => member.Value);
        string[] values = [.. said.Select(texts => texts.Key).Where(name => name.StartsWith("F:", StringComparison.Ordinal)).Select(name => name[2..])];
        Assert.That(values, Does.Contain("LinearNets.Rule.Fused"));
        Assert.That(values.Where(name => !said["P:" + name].SequenceEqual(said["F:" + name])), Is.Empty);
    }

    private static PEReader Assembly(string name)
    {
        using ZipArchive archive = ZipFile.OpenRead(Packed.PackagePath);
        using Stream entry = archive.GetEntry($"lib/net10.0/{name}.dll")!.Open();
        var bytes = new MemoryStream();
        entry.CopyTo(bytes);
        bytes.Position = 0;
        return new PEReader(bytes);
    }

    private static XDocument Documentation(string assembly)
    {
        using ZipArchive archive = ZipFile.OpenRead(Packed.PackagePath);
        using Stream entry = archive.GetEntry($"lib/net10.0/{assembly}.xml")!.Open();
        return XDocument.Load(entry);
    }

    private static XDocument Nuspec()
    {
        using ZipArchive archive = ZipFile.OpenRead(Packed.PackagePath);
        using Stream nuspec = archive.GetEntry("LinearNets.nuspec")!.Open();
        return XDocument.Load(nuspec);
    }

    private static string Metadata(string name) =>
        Nuspec().Root!.Elements().Single().Elements().Single(element => element.Name.LocalName == name).Value;
}

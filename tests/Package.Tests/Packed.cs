// The package as `build.fsx pack` makes it, made once for all tests, and where it was made from.

using System;
using System.IO;
using System.Linq;
using System.Xml.Linq;
using NUnit.Framework;

namespace LinearNets.Tests;

/// <summary>The package, in a folder of its own that is a feed.</summary>
[SetUpFixture]
public sealed class Packed
{
    internal static string Repository { get; } = FindRepository();

    /// <summary>The folder of all that tests write; removed at the end.</summary>
    internal static string Scratch { get; } = Directory.CreateTempSubdirectory("linearnets-package-").FullName;

    internal static string Feed { get; } = Path.Combine(Scratch, "feed");

    /// <summary>The .nupkg.</summary>
    internal static string PackagePath { get; private set; } = "";

    internal static string Version { get; private set; } = "";

    [OneTimeSetUp]
    public static void Pack()
    {
        string project = Path.Combine(Repository, "src", "Facade.CSharp", "Facade.CSharp.csproj");
        Tool.Dotnet(Repository, "pack", project, "-c", "Release", "--no-build", "-o", Feed);
        PackagePath = Directory.GetFiles(Feed, "*.nupkg").Single();
        Version = Path.GetFileNameWithoutExtension(PackagePath)["LinearNets.".Length..];
    }

    [OneTimeTearDown]
    public static void Remove() => Directory.Delete(Scratch, recursive: true);

    /// <summary>The version of a package that this repository restores.</summary>
    internal static string VersionOf(string package) =>
        XDocument.Load(Path.Combine(Repository, "Directory.Packages.props"))
            .Descendants("PackageVersion")
            .Single(element => (string?)element.Attribute("Include") == package)
            .Attribute("Version")!.Value;

    private static string FindRepository()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "LinearNets.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("The tests of the package run inside the repository.");
    }
}

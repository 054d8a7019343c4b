// A project of somebody who has installed the package.

using System.IO;

namespace LinearNets.Tests;

/// <summary>A folder with a project, or a script, and the feed.</summary>
internal sealed class Consumer
{
    internal Consumer(string name)
    {
        Folder = Directory.CreateDirectory(Path.Combine(Packed.Scratch, name)).FullName;
        // Beside the sources that the machine has: packages that it restored before are a feed, too.
        Write("nuget.config", $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{Packed.Feed}" />
                <add key="restored" value="{Restored}" />
              </packageSources>
            </configuration>
            """);
    }

    internal string Folder { get; }

    /// <summary>The lines by which a script has the package.</summary>
    internal static string Reference => $"#i \"nuget: {Packed.Feed}\"\n#r \"nuget: LinearNets, {Packed.Version}\"\n";

    private static string Restored =>
        System.Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    internal void Write(string file, string content) => File.WriteAllText(Path.Combine(Folder, file), content);

    /// <summary>A console project with the package, as `dotnet new console` and `dotnet add package` make it.</summary>
    internal void WriteProject(string properties = "") =>
        Write("app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                {properties}
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="LinearNets" Version="{Packed.Version}" />
              </ItemGroup>
            </Project>
            """);

    /// <summary>What the program prints.</summary>
    internal string Run() => Tool.Dotnet(Folder, "run", "--project", Folder);
}

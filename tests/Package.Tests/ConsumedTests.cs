// The package as users have it: restored from a feed into a folder of its own, by projects and scripts that know nothing of the
// repository.

using System;
using System.IO;
using NUnit.Framework;

namespace LinearNets.Tests;

public sealed class ConsumedTests
{
    [Test]
    public void A_console_program_as_in_the_README_runs()
    {
        var consumer = new Consumer("console");
        consumer.WriteProject();
        consumer.Write("Program.cs", Readme.Blocks("csharp")[0]);
        Assert.That(consumer.Run(), Does.Contain("R²"));
    }

    [Test]
    public void A_script_runs()
    {
        var consumer = new Consumer("script");
        consumer.Write("taste.fsx", Readme.Blocks("fsharp")[0].Replace("#load \"_load.fsx\"", Consumer.Reference, StringComparison.Ordinal));
        Assert.That(Tool.Dotnet(consumer.Folder, "fsi", "taste.fsx"), Does.Contain("7850"));
    }

    [Test]
    public void A_trimmed_program_that_brings_its_own_runtime_runs()
    {
        var consumer = new Consumer("trimmed");
        // IL2040 is about a resource of FSharp.Core that trimming removes.
        consumer.WriteProject("""
            <PublishTrimmed>true</PublishTrimmed>
                <SelfContained>true</SelfContained>
                <UseCurrentRuntimeIdentifier>true</UseCurrentRuntimeIdentifier>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <NoWarn>$(NoWarn);IL2040</NoWarn>
            """);
        consumer.Write("Program.cs", Readme.Blocks("csharp")[0]);
        string output = Path.Combine(consumer.Folder, "out");
        Tool.Dotnet(consumer.Folder, "publish", "-c", "Release", "-o", output);
        Assert.That(Tool.Run(output, Path.Combine(output, "app")), Does.Contain("R²"));
    }
}

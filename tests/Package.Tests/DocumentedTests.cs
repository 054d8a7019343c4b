// Every code block of the documentation, compiled and run against the package: those of XML comments, of the README and of docs/.
//
// A block may use what `UsualCSharp` and `UsualFSharp` declare, as a reader would understand `data` or `houses.csv`. Blocks that
// download are compiled and not run. The README's blocks of one language go on from one another.

using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using NUnit.Framework;

namespace LinearNets.Tests;

public sealed class DocumentedTests
{
    private const string UsualCSharp = """
        public class Usual
        {
            protected static readonly double[,] x = { { 120, 7 }, { 80, 30 }, { 60, 12 }, { 150, 3 }, { 95, 21 }, { 70, 40 } };
            protected static readonly double[] y = [350, 210, 190, 450, 280, 160];
            protected static readonly string[] texts = ["buy now", "see you at noon", "now or never", "lunch at noon"];
            protected static readonly string[] kinds = ["spam", "mail", "spam", "mail"];
            protected static readonly LinearNets.Dataset data = LinearNets.Dataset.From(x, y).WithFeatureNames("area", "age");
            protected static readonly House[] houses = [.. Enumerable.Range(0, 6).Select(i => new House(y[i], x[i, 0], x[i, 1]))];
            protected record House(double Price, double Area, double Age);
        }
        """;

    private const string UsualFSharp = """
        let data = Synthetic.linear Synthetic.defaults
        let settings = { Fit.defaults with model = Model.linear 2 1 }
        """;

    private const string Csv = "area,age,city,id,price\n120,7,Bonn,1,350\n80,30,Ulm,2,210\n60,12,Bonn,3,190\n150,3,Ulm,4,450\n95,21,Bonn,5,280\n";

    /// <summary>A code block, and what it documents.</summary>
    private sealed record Block(string Of, string Code)
    {
        internal bool IsFSharp => Of.Contains("LinearNets.FSharp", StringComparison.Ordinal);

        internal bool Downloads => Regex.IsMatch(Regex.Replace(Code, "//.*", ""), @"Mnist(Async)?\(\)");
    }

    [Test]
    public void Every_C_sharp_block_of_the_XML_comments_runs() => RunProgram("documented-csharp", [.. Blocks().Where(block => !block.IsFSharp)]);

    /// <summary>The blocks of a page are one program. Those marked `csharp no-run` want a file that somebody else makes.</summary>
    [Test]
    public void Every_C_sharp_block_of_the_pages_runs() =>
        RunProgram("pages-csharp", [.. Pages().Select(page => new Block(page, string.Join('\n', Readme.Blocks("csharp", page)))).Where(block => block.Code != "")]);

    [Test]
    public void Every_F_sharp_block_of_the_XML_comments_runs()
    {
        Block[] blocks = [.. Blocks().Where(block => block.IsFSharp)];
        Assert.That(blocks, Is.Not.Empty);
        RunScript("documented-fsharp", UsualFSharp, blocks.Select(block => $"// {block.Of}\n{block.Code}"));
    }

    [Test]
    public void Every_F_sharp_block_of_the_README_runs() =>
        RunScript("readme-fsharp", "", Readme.Blocks("fsharp").Select(code => code.Replace("#load \"_load.fsx\"", "", StringComparison.Ordinal)));

    [Test]
    public void Every_F_sharp_block_of_the_pages_runs()
    {
        string[][] blocks = [.. Pages().Select(page => Readme.Blocks("fsharp", page)).Where(page => page.Length > 0)];
        Assert.That(blocks, Is.Not.Empty);
        for (int page = 0; page < blocks.Length; page++)
            RunScript($"page-{page}", "", blocks[page]);
    }

    [Test]
    public void Blocks_that_are_not_run_are_few()
    {
        string marked = string.Concat(Pages().Append("README.md").Select(page => File.ReadAllText(Path.Combine(Packed.Repository, page))));
        Assert.That(Regex.Matches(marked, "(?m)^```(csharp|fsharp) "), Has.Count.LessThanOrEqualTo(1));
    }

    private static string[] Pages() =>
        [.. Directory.GetFiles(Path.Combine(Packed.Repository, "docs"), "*.md").Order().Select(page => Path.GetRelativePath(Packed.Repository, page))];

    private static void RunProgram(string name, Block[] blocks)
    {
        Assert.That(blocks, Is.Not.Empty);
        Consumer consumer = NewConsumer(name);
        consumer.WriteProject();
        var program = new StringBuilder("using System;\nint failed = 0;\n");
        for (int i = 0; i < blocks.Length; i++)
        {
            if (!blocks[i].Downloads)
                program.AppendLine($"try {{ await Block{i}.Example.Run(); }} catch (Exception e) {{ failed++; Console.WriteLine(@\"FAILED {blocks[i].Of}: \" + e); }}");
            // Types that a block declares come after its statements; what it opens is open.
            string code = Regex.Replace(blocks[i].Code, @"(?m)^using [\w.]+;$", "");
            Match types = Regex.Match(code, @"(?ms)^(public )?(sealed )?(record|class|enum) .*");
            string statements = types.Success ? code[..types.Index] : code;
            consumer.Write($"Block{i}.cs", $$"""
                #pragma warning disable CS0219, CS0162, CS1998, CS8321
                using LinearNets;
                using LinearNets.Tensors;
                namespace Block{{i}}
                {
                    class Example : Usual
                    {
                        internal static async System.Threading.Tasks.Task Run()
                        {
                // {{blocks[i].Of}}
                {{statements}}
                        }
                    }
                {{types.Value}}
                }
                """);
        }

        consumer.Write("Usual.cs", UsualCSharp);
        consumer.Write("Program.cs", program.Append("return failed;").ToString());
        consumer.Run();
    }

    private static void RunScript(string name, string usual, IEnumerable<string> blocks)
    {
        Consumer consumer = NewConsumer(name);
        var script = new StringBuilder(Consumer.Reference).Append("\nopen LinearNets\nopen LinearNets.FSharp\n").AppendLine(usual);
        int number = 0;
        foreach (string block in blocks)
        {
            script.AppendLine($"[<AutoOpen>]\nmodule Block{number++} =");
            foreach (string line in block.Split('\n'))
                script.AppendLine("    " + line);
            script.AppendLine("    let theEnd = ()");
        }

        consumer.Write("blocks.fsx", script.ToString());
        Tool.Dotnet(consumer.Folder, "fsi", "blocks.fsx");
    }

    private static Consumer NewConsumer(string name)
    {
        var consumer = new Consumer(name);
        foreach (string file in new[] { "houses.csv", "train.csv", "test.csv" })
            consumer.Write(file, Csv);
        foreach (string file in new[] { "train.txt", "test.txt" })
            consumer.Write(file, "+1 1:0.5 3:2\n-1 2:1\n+1 3:1.5\n-1 1:0.25 2:3\n");
        return consumer;
    }

    /// <summary>What XML comments show as examples.</summary>
    private static IEnumerable<Block> Blocks()
    {
        using ZipArchive archive = ZipFile.OpenRead(Packed.PackagePath);
        foreach (ZipArchiveEntry entry in archive.Entries.Where(entry => entry.FullName.EndsWith(".xml", StringComparison.Ordinal)))
        {
            if (entry.FullName.StartsWith('['))
                continue;
            using Stream stream = entry.Open();
            foreach (XElement member in XDocument.Load(stream).Descendants("member"))
            {
                foreach (XElement code in member.Descendants("example").Descendants("code"))
                    yield return new Block(member.Attribute("name")!.Value, Unindented(code.Value));
            }
        }
    }

    private static string Unindented(string code)
    {
        string[] lines = code.Trim('\n', '\r').TrimEnd().Split('\n');
        int margin = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length >= margin ? line[margin..] : ""));
    }
}

// The code of the README and of docs/, as a reader would copy it.

using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace LinearNets.Tests;

internal static class Readme
{
    /// <summary>The code blocks of a language, in their order.</summary>
    internal static string[] Blocks(string language, string file = "README.md") =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Packed.Repository, file)), $"(?ms)^```{language}\n(.*?)^```")
            .Select(match => match.Groups[1].Value)];
}

// The README's code, as a reader would copy it.

using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace LinearNets.Tests;

internal static class Readme
{
    /// <summary>The code blocks of a language, in their order.</summary>
    internal static string[] Blocks(string language) =>
        [.. Regex.Matches(File.ReadAllText(Path.Combine(Packed.Repository, "README.md")), $"(?ms)^```{language}\n(.*?)^```")
            .Select(match => match.Groups[1].Value)];
}

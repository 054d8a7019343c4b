using System.Collections;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace LinearNets;

/// <summary>Weights by the names of their features. Who asks for a feature that is not there is told which are.</summary>
internal sealed class NamedWeights : IReadOnlyDictionary<string, double>
{
    private readonly string[] names;
    private readonly Dictionary<string, double> byName;

    internal NamedWeights(string[] names, double[] weights)
    {
        this.names = names;
        byName = new Dictionary<string, double>(names.Length);
        for (int j = 0; j < names.Length; j++)
            byName.Add(names[j], weights[j]);
    }

    public int Count => byName.Count;

    public IEnumerable<string> Keys => names;

    public IEnumerable<double> Values => byName.Values;

    public double this[string key]
    {
        get
        {
            if (!byName.TryGetValue(key, out double weight))
                FSharp.Front.noFeature(key, names);
            return weight;
        }
    }

    public bool ContainsKey(string key) => byName.ContainsKey(key);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out double value) => byName.TryGetValue(key, out value);

    public IEnumerator<KeyValuePair<string, double>> GetEnumerator() => byName.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

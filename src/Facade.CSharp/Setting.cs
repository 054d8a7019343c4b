using System;
using System.Collections.Generic;
using System.Globalization;

namespace LinearNets;

/// <summary>Settings as they are checked: every problem is kept, and something usable put in place of what is not, so that the next
/// problem is found, too.</summary>
internal static class Setting
{
    internal static T Make<T>(Func<T> make, T otherwise, ICollection<string> problems)
    {
        try
        {
            return make();
        }
        catch (SettingsException e)
        {
            foreach (string problem in e.Problems)
                problems.Add(problem);
            return otherwise;
        }
    }

    internal static T OrDefault<T>(T? value, T otherwise, string name, ICollection<string> problems)
        where T : class
    {
        if (value is null)
            problems.Add($"{name} is null; expected a value. Leave it out for the default.");
        return value ?? otherwise;
    }
}

internal static class Text
{
    internal static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    internal static string Short(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}

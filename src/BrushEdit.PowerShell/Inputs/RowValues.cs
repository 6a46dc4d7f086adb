using System.Collections;
using System.Management.Automation;

namespace BrushEdit.PowerShell;

/// <summary>Reads rows of any kind alike: objects with properties, hashtables, data rows.</summary>
internal static class RowValues
{
    /// <summary>A cell's value; null if the row has no such property or the cell is empty.</summary>
    /// <param name="row">The row.</param>
    /// <param name="name">The property; case does not matter.</param>
    public static object? Of(PSObject row, string name)
    {
        object? value = row.BaseObject is IDictionary table
            ? table.Keys.Cast<object>().Where(key => name.Equals(key.ToString(), StringComparison.OrdinalIgnoreCase)).Select(key => table[key]).FirstOrDefault()
            : row.Properties[name] is { IsGettable: true } property ? Read(property) : null;
        return IsEmpty(value) ? null : value is PSObject { BaseObject: string text } ? text : value;
    }

    /// <summary>The properties a row has.</summary>
    /// <param name="row">The row.</param>
    public static IEnumerable<string> Names(PSObject row) => row.BaseObject is IDictionary table
        ? table.Keys.Cast<object>().Select(key => key.ToString() ?? string.Empty)
        : row.Properties.Select(property => property.Name);

    /// <summary>Whether a cell counts as not given: nothing, a database's null, or no text.</summary>
    /// <param name="value">The cell.</param>
    public static bool IsEmpty(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null or DBNull => true,
        string text => string.IsNullOrWhiteSpace(text),
        _ => false,
    };

    // A property that throws counts as empty: another may name the picture.
    private static object? Read(PSPropertyInfo property)
    {
        try
        {
            return property.Value;
        }
        catch (GetValueException)
        {
            return null;
        }
    }
}

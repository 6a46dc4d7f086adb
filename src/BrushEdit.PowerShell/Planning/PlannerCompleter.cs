using System.Collections;
using BrushEdit.Planning;

namespace BrushEdit.PowerShell.Infrastructure;

/// <summary>Completes planners.</summary>
public sealed class PlannerCompleter : ValueCompleter
{
    /// <inheritdoc />
    protected override IEnumerable<(string Value, string Tip)> Values(IDictionary bound) => PlannerCatalog.All;
}

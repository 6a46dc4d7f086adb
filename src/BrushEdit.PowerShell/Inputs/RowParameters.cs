using System.Collections.Concurrent;
using System.Management.Automation;
using System.Reflection;
using BrushEdit.PowerShell.Infrastructure;

namespace BrushEdit.PowerShell;

/// <summary>
/// The parameters that a row may set: those that bind by property name, except for the picture itself. What was typed takes precedence over what a
/// row contains; an empty cell counts as not given; and one row's values do not affect the next row.
/// </summary>
internal sealed class RowParameters
{
    private static readonly ConcurrentDictionary<Type, IReadOnlyList<Column>> Known = new();

    private readonly PSCmdlet cmdlet;
    private readonly IReadOnlyList<Column> columns;
    private readonly Dictionary<string, object?> usual = [];
    private readonly HashSet<string> brought = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Records the typed values and the defaults of the other parameters. Construct it before the first row binds.</summary>
    /// <param name="cmdlet">The cmdlet.</param>
    /// <param name="isTyped">Whether a parameter was typed.</param>
    public RowParameters(PSCmdlet cmdlet, Func<string, bool> isTyped)
    {
        this.cmdlet = cmdlet;
        columns = [.. Known.GetOrAdd(cmdlet.GetType(), Columns).Where(column => !isTyped(column.Name))];
        foreach (Column column in Known[cmdlet.GetType()])
        {
            usual[column.Name] = column.Property.GetValue(cmdlet);
        }
    }

    /// <summary>The parameters that the current row has set.</summary>
    public IReadOnlySet<string> Brought => brought;

    /// <summary>The values that the current row has set.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Values =>
        columns.Where(column => brought.Contains(column.Name)).Select(column => new KeyValuePair<string, object?>(column.Name, column.Property.GetValue(cmdlet)));

    /// <summary>Resets every parameter to its typed value or its default.</summary>
    public void Reset()
    {
        brought.Clear();
        foreach (Column column in Known[cmdlet.GetType()])
        {
            column.Property.SetValue(cmdlet, usual[column.Name]);
        }
    }

    /// <summary>Reads the values that were not typed from a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="wanted">Which parameters; the others stay as they are.</param>
    /// <exception cref="EditException">A cell cannot be read; the error names it.</exception>
    public void Take(PSObject row, Func<string, bool> wanted)
    {
        EngineIntrinsics engine = (EngineIntrinsics)cmdlet.SessionState.PSVariable.GetValue("ExecutionContext");
        foreach (Column column in columns.Where(column => wanted(column.Name)))
        {
            string? cell = column.Names.FirstOrDefault(name => RowValues.Of(row, name) is not null);
            if (cell is null)
            {
                continue;
            }

            object value = RowValues.Of(row, cell)!;
            try
            {
                object? made = column.Transformations.Aggregate((object?)value, (given, transformation) => transformation.Transform(engine, given!));
                column.Property.SetValue(cmdlet, LanguagePrimitives.ConvertTo(made, column.Property.PropertyType, System.Globalization.CultureInfo.InvariantCulture));
            }
            catch (Exception fault) when (fault is ArgumentTransformationMetadataException or PSInvalidCastException)
            {
                throw new EditException(
                    EditFault.BadArgument, $"The value of the column '{cell}' is not valid for -{column.Name}: {fault.Message}", target: row.BaseObject, inner: fault);
            }

            brought.Add(column.Name);
        }
    }

    private static IReadOnlyList<Column> Columns(Type type) =>
    [
        .. type.GetProperties()
            .Where(property => property.GetCustomAttributes<ParameterAttribute>().Any(parameter => parameter.ValueFromPipelineByPropertyName)
                && !property.IsDefined(typeof(PictureSourceTransformation)) && !property.IsDefined(typeof(NamesSourceAttribute)))
            .Select(property => new Column(
                property,
                [property.Name, .. property.GetCustomAttribute<AliasAttribute>()?.AliasNames ?? []],
                [.. property.GetCustomAttributes<ArgumentTransformationAttribute>()])),
    ];

    private sealed record Column(PropertyInfo Property, string[] Names, ArgumentTransformationAttribute[] Transformations)
    {
        public string Name => Property.Name;
    }
}

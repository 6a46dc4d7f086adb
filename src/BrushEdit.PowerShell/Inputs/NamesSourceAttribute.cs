namespace BrushEdit.PowerShell;

/// <summary>Marks a parameter that binds by property name and names the input rather than a setting.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NamesSourceAttribute : Attribute;

namespace BrushEdit.Planning;

public static class RulesPlanner
{
    public const string UnnamedForeground = "foreground object";
}

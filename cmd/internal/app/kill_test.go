package app_test

const victimVariable = "TRAILWARDEN_TEST_VICTIM"

func victim(string) int { return 0 }
